import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { Client } from 'pg';
import { ulid } from 'ulid';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SANDBOX_TOKEN } from '../../sandbox/index.js';
import { REDACTED } from '../../shared/redact.js';
import { eventually } from '../support/processes.js';
import { SharedPostgres } from '../support/shared-postgres.js';
import { TuxRig } from '../support/tux-rig.js';

/** Characters that JSON, URLs and shells write differently. */
const PASSWORD = 'p@ss/w"or\\d+se=cret&x%41';
const SENTRY_KEY = '0123456789abcdef'.repeat(2);
const HOOKS = '/api/webhooks/123456789012345678/';
const OLD_HOOK = 'the-first-webhook-of-this-test-that-nobody-must-see';
const NEW_HOOK = 'the-webhook-after-a-reload-that-nobody-must-see-too';
const HTTP_TOKEN = 'an-http-token-of-this-test';
const COMMAND_SECRET = 'what-the-command-hides';
const PG_PASSWORD = 'from-the-environment-of-pg';

/** Other people's: known by their look only. Put together here, for scanners would take them for real ones. */
const FOREIGN = [
  ['NTYzNDU2Nzg5MDEyMzQ1Njc4', 'GabcDE', 'y'.repeat(38)].join('.'),
  'postgres://someone:their-password@db.example.org/x',
  'Bearer a-bearer-of-somebody-else',
];
const FOREIGN_SECRETS = ['y'.repeat(38), 'their-password', 'a-bearer-of-somebody-else'];

/** Who owns the database of this test. */
const ROLE = `tux_${ulid().toLowerCase()}`;

let postgres: SharedPostgres;
let rig: TuxRig;
/** Stands for Sentry and for the webhook: takes whatever is sent to it. */
let outside: Server;
const received: { path: string; body: string }[] = [];

beforeAll(async () => {
  outside = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
    received.push({ path: request.url ?? '', body: String(body) });
    response.writeHead(200).end('{}');
  });
  await new Promise<void>((done) => outside.listen(0, '127.0.0.1', done));
  postgres = await SharedPostgres.join();
});
afterAll(async () => {
  await rig?.dispose();
  await postgres.leave();
  await asAdmin((admin) => admin.query(`DROP ROLE IF EXISTS ${ROLE}`));
  outside.closeAllConnections();
  await new Promise((done) => outside.close(done));
});

async function asAdmin(work: (admin: Client) => Promise<unknown>): Promise<void> {
  const admin = new Client({ connectionString: postgres.url('postgres') });
  await admin.connect();
  await work(admin).finally(() => admin.end());
}

/** A database whose owner has a password that is hard to write. */
async function createDatabase(): Promise<string> {
  const url = new URL(await postgres.createEmptyDatabase());
  await asAdmin(async (admin) => {
    await admin.query(`CREATE ROLE ${ROLE} LOGIN PASSWORD ${admin.escapeLiteral(PASSWORD)}`);
    await admin.query(`ALTER DATABASE ${url.pathname.slice(1)} OWNER TO ${ROLE}`);
  });
  url.username = ROLE;
  url.password = encodeURIComponent(PASSWORD);
  return url.href;
}

/** Says every secret in every form, wherever a program may say something, and ends in an error that holds them all. */
const PLANT = String.raw`
  const { env } = services.config, { PGPASSWORD, TUX_TEST_FOREIGN, TUX_TEST_SUPERVISOR } = process.env;
  const { DISCORD_TOKEN: token, DATABASE_URL: url } = env;
  const password = decodeURIComponent(new URL(url).password);
  const secrets = [token, url, password, env.SENTRY_DSN, PGPASSWORD];
  const forms = secrets.flatMap((s) => [s, JSON.stringify(s), encodeURIComponent(s), new URLSearchParams({ s }) + '',
    Buffer.from(s).toString('base64'), Buffer.from('user:' + s).toString('base64'), Buffer.from('x' + s).toString('base64url')]);
  for (const form of [...forms, ...JSON.parse(TUX_TEST_FOREIGN)]) {
    console.log('said', form);
    console.error('GET /x?token=' + form);
    ctx.log.info({ [form]: 1, form, json: JSON.stringify({ form }) }, 'logged ' + form);
  }
  delete process.env.TUX_TEST_SUPERVISOR; // in truth the worker does not know these, so that Sentry could not be told either
  for (const secret of JSON.parse(TUX_TEST_SUPERVISOR)) process.stderr.write(secret + ' ' + encodeURIComponent(secret) + '\n');
  console.error(process.env, token.split('.'));
  process.stderr.write('split ' + token.slice(0, 30));
  setTimeout(() => process.stderr.write(token.slice(30) + '\n'), 20);
  const headers = { authorization: 'Bot ' + token, cookie: 'session=' + password };
  const cause = Object.assign(new Error('Authorization: Bot ' + token), { headers, env: { ...process.env } });
  const raw = { command: 'psql ' + url, rawHeaders: ['authorization', 'Bearer ' + password] };
  const error = Object.assign(new Error('cannot reach ' + url + ' with ' + password, { cause }), raw);
  ctx.log.error({ err: error, headers }, '❌ planted');
  setTimeout(() => { throw error; }, 100);
  return [token, url, password, env.TUX_NOTIFY_WEBHOOK ?? 'no webhook'];`;

/** Everything in a folder as one text, but for the database and what people wrote. */
function textOfFiles(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((entry) => `${entry.name}: ${readFileSync(join(entry.parentPath, entry.name), 'utf8')}`).join('\n');
}

it('secrets show up nowhere, whoever says them, wherever and in whatever form', async () => {
  const { port } = outside.address() as AddressInfo;
  const hook = (token: string) => `http://127.0.0.1:${port}${HOOKS}${token}`;
  const databaseUrl = await createDatabase();
  const sentryDsn = `http://${SENTRY_KEY}@127.0.0.1:${port}/1`;
  rig = await TuxRig.create({
    DATABASE_URL: databaseUrl,
    SENTRY_DSN: sentryDsn,
    PGPASSWORD: PG_PASSWORD,
    TUX_NOTIFY_COMMAND: `echo ${COMMAND_SECRET}`,
    TUX_TEST_FOREIGN: JSON.stringify(FOREIGN),
    TUX_TEST_SUPERVISOR: JSON.stringify([hook(OLD_HOOK), NEW_HOOK, HTTP_TOKEN]),
    TUX_DEV: 'true',
    TUX_DEV_EVAL: 'true',
    LOG_LEVEL: 'debug',
  });
  const settings = (token: string) =>
    writeFileSync(join(rig.folder, '.env'), `TUX_NOTIFY_WEBHOOK=${hook(token)}\nTUX_HTTP_TOKEN=${HTTP_TOKEN}\n`);
  settings(OLD_HOOK);
  const supervisor = await rig.startReady();
  settings(NEW_HOOK);
  const reload = await rig.supervisorCommand('reload', '--json');
  expect(reload.code).toBe(0);

  const arguments_ = rig
    .processes()
    .map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8') + readFileSync(`/proc/${pid}/comm`, 'utf8'));
  expect(arguments_.length).toBeGreaterThanOrEqual(2);
  const ask = promisify(execFile);
  const control = ['--silent', '--unix-socket', join(rig.paths.stateDir, 'control.sock')];
  const answers = [
    ...(
      await Promise.all(
        ['status', 'worker', 'metrics'].map((route) => ask('curl', [...control, `http://tux/${route}`])),
      )
    ).map(({ stdout }) => stdout),
    (await rig.tuxCommand('config', 'show')).output,
    (await rig.tuxCommand('config', 'show', '--json')).output,
  ];
  const reply = (await rig.ask(`$dev eval ${PLANT}`)).content;
  expect(reply).toContain(REDACTED);
  expect(reply).toContain('no webhook'); // it is in .env, and nothing of the worker's
  await supervisor.log.waitFor('worker:ended', ({ class: how }) => how === 'crash');
  await supervisor.log.waitFor('notify:sent');
  answers.push(
    reload.output,
    readFileSync(rig.paths.lastShutdown, 'utf8'), // of the crash; the next worker writes another
    reply,
    JSON.stringify(await rig.status()),
    JSON.stringify(await rig.history()),
    (await rig.supervisorCommand('logs', '-n', '1000')).output,
    (await rig.supervisorCommand('history')).output,
  );
  await eventually('Sentry was told', () => received.some(({ body }) => body.includes('cannot reach')));
  supervisor.kill('SIGTERM');
  await supervisor.ended;

  const places: Record<string, string> = {
    'the log folder': textOfFiles(rig.paths.logDir),
    'the state folder': textOfFiles(rig.paths.stateDir),
    'the terminal': supervisor.log.text,
    'what is asked for': answers.join('\n'),
    'names and arguments of processes': arguments_.join('\n'),
    'notifications and reports to Sentry': received
      .map(({ body }) => body.replaceAll(`"public_key":"${SENTRY_KEY}"`, ''))
      .join('\n'),
  };
  // It was all said, and this test would notice.
  expect(places['the log folder']).toContain(`said ${REDACTED}`);
  expect(places['the log folder']).toMatch(
    /crash\.log: [\s\S]*stack:\n {2}Error: cannot reach [\s\S]*caused by Error: Authorization/,
  );
  expect(places['the terminal']).toContain(`split ${REDACTED}`);
  expect(places['notifications and reports to Sentry']).toContain('❌ Tux crashed');
  expect(places['what is asked for']).toMatch(/TUX_NOTIFY_COMMAND +\[redacted\]/);

  const own = [
    SANDBOX_TOKEN,
    databaseUrl,
    PASSWORD,
    sentryDsn,
    hook(OLD_HOOK),
    hook(NEW_HOOK),
    HTTP_TOKEN,
    PG_PASSWORD,
  ];
  const parts = [
    SANDBOX_TOKEN.split('.').at(-1) ?? '',
    SENTRY_KEY,
    OLD_HOOK,
    NEW_HOOK,
    new URL(databaseUrl).password,
    COMMAND_SECRET,
  ];
  const forms = [...own, ...parts].flatMap((secret) => [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    new URLSearchParams({ secret }).toString().slice('secret='.length),
    ...['', 'user:', 'x'].flatMap((before) => base64Core(before, secret)),
  ]);
  const found = Object.entries(places).flatMap(([place, text]) =>
    [...new Set([...forms, ...FOREIGN_SECRETS])]
      .filter((form) => text.includes(form))
      .map((form) => `${form} in ${place}`),
  );
  expect(found).toEqual([]);
});

/** The characters of a base64 text that come from `secret` alone. */
function base64Core(before: string, secret: string): string[] {
  const start = Math.ceil((before.length * 4) / 3) + 1;
  return (['base64', 'base64url'] as const).map((encoding) =>
    Buffer.from(before + secret)
      .toString(encoding)
      .slice(start, -4),
  );
}
