import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SharedPostgres } from '../support/shared-postgres.js';
import { SUPERVISOR, TuxRig } from '../support/tux-rig.js';

let postgres: SharedPostgres;
let rig: TuxRig;
beforeAll(async () => {
  postgres = await SharedPostgres.join();
});
afterAll(async () => {
  await rig.dispose();
  await postgres.leave();
});

it('the log of another day is put aside at a start, older ones are deleted, and who reads or follows it misses nothing', async () => {
  rig = await TuxRig.create({ DATABASE_URL: await postgres.createDatabase() });
  const { log, logDir } = rig.paths;
  const yesterday = new Date(Date.now() - 86_400_000);
  const line = { level: 30, time: yesterday.toISOString(), event: 'test:yesterday', msg: 'yesterday' };
  mkdirSync(logDir, { recursive: true });
  writeFileSync(log, `${JSON.stringify(line)}\n`);
  utimesSync(log, yesterday, yesterday);
  const ancient = join(logDir, 'tux-20200101T000000000Z.log');
  writeFileSync(ancient, 'ancient\n');

  const follower = rig.run(SUPERVISOR, ['logs', '-f', '--json', '-n', '1']);
  await follower.log.waitFor('test:yesterday');
  const supervisor = rig.start();
  const { runId } = await follower.log.waitFor('worker:started');
  const second = rig.start();
  expect((await second.ended).code).toBe(73); // who is not in charge of the folder leaves it as it is
  supervisor.kill('SIGTERM');
  expect(await supervisor.ended).toEqual({ code: 0, signal: null });
  await follower.log.waitFor('worker:ended');

  const aside = readdirSync(logDir).filter((name) => /^tux-\d{8}T\d{9}Z\.log$/.test(name));
  expect(aside).toHaveLength(1);
  expect(readFileSync(join(logDir, aside[0] ?? ''), 'utf8')).toBe(`${JSON.stringify(line)}\n`);
  expect(existsSync(ancient)).toBe(false);
  const all = (await rig.supervisorCommand('logs', '--since', '2d', '--json')).output;
  expect(follower.log.text).toBe(all);
  const ofTheRun = (await rig.supervisorCommand('logs', '--run', String(runId), '--json')).output.trimEnd().split('\n');
  expect(ofTheRun).toEqual(all.split('\n').filter((one) => one.includes(`"runId":"${runId}"`)));
  const head = await promisify(execFile)(
    'sh',
    ['-c', '"$0" "$@" | head -n 1', process.execPath, SUPERVISOR, 'logs', '--since', '2d'],
    {
      env: rig.env,
      cwd: rig.folder,
    },
  );
  expect(head).toEqual({ stdout: expect.stringMatching(/INFO: yesterday\n$/), stderr: '' });
});
