import { appendFile, cp, readFile, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SharedPostgres } from '../support/shared-postgres.js';
import { type Program, TuxRig } from '../support/tux-rig.js';

const root = resolve(import.meta.dirname, '../..');

/** With compiled programs of its own, since the test changes them. */
let rig: TuxRig;
let postgres: SharedPostgres;
let supervisor: Program;
let ping: string;

beforeAll(async () => {
  postgres = await SharedPostgres.join();
  rig = await TuxRig.create({ DATABASE_URL: await postgres.createDatabase(), TUX_DEV: 'true' });
  const install = join(rig.folder, 'install');
  ping = join(install, 'dist/bot/cogs/info/ping.js');
  await cp(join(root, 'dist'), join(install, 'dist'), { recursive: true });
  await cp(join(root, 'package.json'), join(install, 'package.json'));
  await symlink(join(root, 'node_modules'), join(install, 'node_modules'));
  supervisor = rig.run(join(install, 'dist/supervisor/main.js'), ['start']);
  await supervisor.ready();
}, 60_000);
afterAll(async () => {
  await rig.dispose();
  await postgres.leave();
});

it('replaces a cog whose compiled file changed, in the running worker', async () => {
  const worker = supervisor.workerPid;
  const source = await readFile(ping, 'utf8');
  await writeFile(ping, source.replace('Pong!', 'Pang!'));
  await supervisor.log.waitFor('cog:reloaded');
  expect((await rig.ask('$ping')).content).toContain('Pang!');

  await appendFile(ping, '\nthis is no JavaScript');
  await supervisor.log.waitFor('cog:reload:failed');
  expect((await rig.ask('$ping')).content).toContain('Pang!');

  const from = supervisor.log.lines.length;
  await writeFile(ping, source);
  await supervisor.log.waitFor('cog:reloaded', () => true, { from });
  expect((await rig.ask('$ping')).content).toContain('Pong!');
  expect(supervisor.workerPid).toBe(worker);
});
