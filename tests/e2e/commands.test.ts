import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, closeSync, openSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/processes.js';
import { Program, SUPERVISOR, TUX, TuxRig } from '../support/tux-rig.js';

// What every command answers when things are not as it would like them: its exit code, and words that say what is wrong and
// what to do. What one that is well answers is for the tests of that command.

const SUPER = 'tux-supervisor';

/** A command line as an operator types it, its exit code, and what it says. */
type Expected = readonly [line: string, code: number, says: RegExp];

const NOT_RUNNING =
  /^❌ No tux-supervisor is running \(there is no folder \S+\) — start it with tux-supervisor start, or /;

/** Those that look, and must not make anything; the others would need something that runs, too. */
const whileNothingRuns: readonly Expected[] = [
  ['tux-supervisor status', 1, NOT_RUNNING],
  ['tux-supervisor stop', 1, NOT_RUNNING],
  ['tux-supervisor restart', 1, NOT_RUNNING],
  ['tux-supervisor reload', 69, NOT_RUNNING],
  ['tux-supervisor history', 0, /^No run has ended yet\.$/],
  ['tux-supervisor logs', 1, /^❌ There is no log at \S+tux\.log — nothing has run with this TUX_LOG_DIR yet$/],
  ['tux-supervisor notify test', 78, /^❌ No notification channel is configured — set TUX_NOTIFY_WEBHOOK or /],
  ['tux-supervisor doctor --offline', 0, /^✅ state folder +\S+ does not exist yet; the first start makes it$/m],
  ['tux-supervisor completion bash', 0, /^complete -F \S+ tux-supervisor$/m],
  ['tux-supervisor frobnicate', 64, /unknown command 'frobnicate'/],
  ['tux-supervisor status --frobnicate', 64, /unknown option '--frobnicate'/],
  ['tux-supervisor', 64, /^Usage: tux-supervisor/],
  ['tux status', 69, NOT_RUNNING],
  ['tux ping --json', 69, /"code": "TUX_NOT_RUNNING"/],
  ['tux ws-status', 69, NOT_RUNNING],
  ['tux db health', 69, /^❌ There is no embedded database at \S+pgdata yet — .*tux db migrate/],
  ['tux db status --json', 69, /"code":"TUX_DB_NONE"/],
  ['tux config validate', 0, /^✅ The configuration is valid$/],
  ['tux cog list', 0, /^admin /m],
  ['tux sandbox state', 1, /^❌ No tux-supervisor is running .* — start it with tux-supervisor start --sandbox$/],
  ['tux db', 64, /^Usage: tux db/],
];

const NOT_ALLOWED =
  /^❌ No permission for \S+control\.sock: \S+state belongs to \w+, this is nobody — run the command as \w+: sudo -u \w+ …$/;
const NO_FILE =
  /^❌ No permission for \S+: \S+ belongs to \w+, this is nobody — run the command as \w+: sudo -u \w+ …$/;

const asAnotherUser: readonly Expected[] = [
  ['tux-supervisor status', 1, NOT_ALLOWED],
  ['tux-supervisor stop', 1, NOT_ALLOWED],
  ['tux-supervisor reload', 1, NOT_ALLOWED],
  ['tux-supervisor history', 1, NO_FILE],
  ['tux-supervisor logs', 1, NO_FILE],
  ['tux-supervisor doctor --offline', 1, /^❌ state folder +\S+ belongs to \w+, and this is nobody$/m],
  ['tux-supervisor start', 74, /❌ Cannot write \S+ \(EACCES\) — give the user that runs Tux write permission/],
  ['tux status', 1, NOT_ALLOWED],
  ['tux ping --json', 1, /"code": "TUX_NOT_ALLOWED"/],
  ['tux db health', 1, NO_FILE],
  ['tux db migrate', 1, NO_FILE],
];

const PAUSED =
  /^❌ tux-supervisor \(pid \d+\) is paused, so it does not answer — let it go on with kill -CONT \d+; it then still does what it was asked$/;

/** A restart would be carried out later: it is left to `tests/integration/supervisor/control.test.ts`. */
const whilePaused: readonly Expected[] = [
  ['tux-supervisor status', 1, PAUSED],
  ['tux-supervisor reload', 1, PAUSED],
  ['tux status', 69, PAUSED],
  ['tux-supervisor history', 0, /^No run has ended yet\.$/],
  ['tux-supervisor logs -n 1', 0, /./],
  [
    'tux-supervisor doctor --offline',
    1,
    /^❌ supervisor +tux-supervisor \(pid \d+\) is paused, so it does not answer\n +→ .*kill -CONT \d+; it then/m,
  ],
  ['tux db health', 0, /^✅ embedded database answers/],
  ['tux-supervisor start', 73, /Already running: supervisor\.lock is held by pid \d+ on /],
];

const whileStopping: readonly Expected[] = [
  ['tux-supervisor status', 0, /^state +STOPPING/],
  ['tux-supervisor restart', 1, /^❌ tux-supervisor is stopping — once it has stopped: tux-supervisor start$/],
  ['tux ping', 69, /^❌ The bot does not answer — see tux-supervisor status$/],
];

let rig: TuxRig;
afterEach(() => rig?.dispose());

/** Runs a command line with the rig's settings. @param as another uid. */
async function answer(
  line: string,
  env: Record<string, string> = {},
  as?: number,
): Promise<{ code: number | null; output: string }> {
  const [name, ...args] = line.split(' ');
  const command = [process.execPath, name === SUPER ? SUPERVISOR : TUX, ...args];
  const identity = as === undefined ? [] : ['setpriv', `--reuid=${as}`, `--regid=${as}`, '--clear-groups'];
  const [program = '', ...rest] = [...identity, ...command];
  const running = new Program(
    spawn(program, rest, { cwd: rig.folder, env: { ...rig.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] }),
  );
  const { code } = await running.ended;
  return { code, output: running.log.text.trimEnd() };
}

/** All of them, a few at a time. */
async function expectAnswers(table: readonly Expected[], env: Record<string, string> = {}, as?: number): Promise<void> {
  const left = [...table];
  const wrong: string[] = [];
  const work = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [line, code, says] = next;
      const got = await answer(line, env, as);
      const isRight = got.code === code && says.test(got.output) && !/^\s+at /m.test(got.output);
      if (!isRight) wrong.push(`${line} ended with ${got.code}, not ${code}, or does not say ${says}:\n${got.output}`);
    }
  };
  await Promise.all([work(), work(), work(), work()]);
  expect(wrong.join('\n\n')).toBe('');
}

/** Whether there is another user here who can run the compiled programs. */
function canBeNobody(): boolean {
  const args = ['--reuid=65534', '--regid=65534', '--clear-groups', 'test', '-r', SUPERVISOR];
  return process.getuid?.() === 0 && spawnSync('setpriv', args).status === 0;
}

describe('every command', () => {
  it('says that nothing runs, with a code that is not 0, and makes nothing', async () => {
    rig = await TuxRig.create({ TUX_STATE_DIR: 'none' });
    await expectAnswers(whileNothingRuns, { DISCORD_API_URL: '' });
    expect(readdirSync(rig.folder)).toEqual([]);
  });

  it('ends as it would have when its reader went early, and says when the disk of its answer is full', async () => {
    rig = await TuxRig.create({ DISCORD_TOKEN: '', TUX_STATE_DIR: 'none' });
    const begin = (command: readonly string[], stdout: 'pipe' | number) =>
      spawn(process.execPath, command, { cwd: rig.folder, env: rig.env, stdio: ['ignore', stdout, 'pipe'] });
    // As `tux-supervisor doctor | true` does.
    const doctor = begin([SUPERVISOR, 'doctor', '--offline'], 'pipe');
    doctor.stdout?.destroy();
    const unread = new Program(doctor);
    expect((await unread.ended).code).toBe(78);
    expect(unread.log.text).toBe('');
    const full = openSync('/dev/full', 'w');
    const unwritten = new Program(begin([SUPERVISOR, 'history'], full));
    closeSync(full);
    expect((await unwritten.ended).code).toBe(74);
    expect(unwritten.log.text).toMatch(
      /^❌ The answer could not be written: ENOSPC: no space left on device, write\n$/,
    );
  });

  it('answers to the point while the supervisor is another user’s, is paused, and stops', async () => {
    rig = await TuxRig.create({ TUX_STOP_TIMEOUT_MS: '80000' });
    const supervisor = await rig.startReady();
    chmodSync(rig.folder, 0o755); // so that it is the state folder that keeps others out
    if (canBeNobody()) await expectAnswers(asAnotherUser, { HOME: tmpdir() }, 65_534);

    supervisor.kill('SIGSTOP');
    await expectAnswers(whilePaused);
    supervisor.kill('SIGCONT');

    const { workerPid } = supervisor;
    process.kill(workerPid, 'SIGSTOP'); // a stop takes as long as we like
    const first = answer('tux-supervisor stop --json');
    await eventually('it stops', async () => (await rig.status()).state === 'STOPPING');
    await expectAnswers(whileStopping);
    expect(await answer('tux-supervisor stop --now')).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^✅ Stopped after \d/),
    });
    const { code, output } = await first;
    expect(code).toBe(0);
    expect(JSON.parse(output)).toMatchObject({ stopped: true, lastShutdown: null }); // a frozen worker writes none
    expect(await rig.history()).toMatchObject([
      { class: 'stopped', signal: 'SIGKILL', reason: expect.stringContaining('tux-supervisor stop') },
    ]);
    expect(await supervisor.ended).toEqual({ code: 0, signal: null });
  });
});
