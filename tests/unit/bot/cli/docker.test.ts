import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addDockerCommands } from '../../../../bot/cli/docker.js';
import { ExitCode } from '../../../../shared/exit-codes.js';
import { eventually } from '../../../support/processes.js';

let folder: string;
let composeFile: string;
let stopping: AbortController;
let code: number | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-docker-'));
  composeFile = join(folder, 'deploy', 'compose.yaml');
  mkdirSync(join(folder, 'deploy'));
  mkdirSync(join(folder, 'bin'));
  writeFileSync(composeFile, '');
  writeFileSync(join(folder, 'deploy', '.env'), '');
  stopping = new AbortController();
  code = undefined;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Puts a `docker` on the PATH that notes its arguments, one call in a line, and then goes on like this. */
function install(script: string): void {
  const program = join(folder, 'bin', 'docker');
  writeFileSync(program, `#!/bin/sh\necho "$*" >>'${folder}/calls'\n${script}\n`);
  chmodSync(program, 0o755);
}

function calls(): string[] {
  const file = join(folder, 'calls');
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
}

async function run(...args: string[]): Promise<void> {
  const program = new Command('tux');
  addDockerCommands(program, {
    composeFile,
    env: { PATH: `${join(folder, 'bin')}:/usr/bin:/bin`, HOME: folder },
    setExitCode: (value) => {
      code = value;
    },
    signal: stopping.signal,
  });
  await program.parseAsync(['node', 'tux', 'docker', ...args]);
}

describe('tux docker', () => {
  it.each([
    [['up', '--build', '--detach'], 'up --build --detach'],
    [['down', '-v', '--timeout', '60'], 'down -v --timeout 60'],
    [['ps', '-a', 'tux'], 'ps -a tux'],
    [['logs', 'tux', '--tail', '5', '-f'], 'logs tux --tail 5 -f'],
  ])('hands %j to docker compose with our file', async (args, expected) => {
    install('exit 0');
    await run(...args);
    expect(calls()).toEqual([`compose -f ${composeFile} ${expected}`]);
    expect(code).toBe(0);
  });

  it('ends with the exit code of docker compose when docker itself is well', async () => {
    install('case "$*" in *" up") exit 17;; esac');
    await run('up');
    expect(code).toBe(17);
    expect(calls().slice(1)).toEqual(['compose version', 'version --format {{.Server.Version}}']);
  });

  it('ends with what a shell would say when docker compose is killed', async () => {
    install('case "$*" in *" up") kill -KILL $$;; esac');
    await run('up');
    expect(code).toBe(137);
  });

  it('says what to install when there is no docker', async () => {
    await expect(run('ps')).rejects.toMatchObject({
      message: 'There is no docker program here',
      hint: expect.stringContaining('install Docker Engine'),
      exitCode: ExitCode.UNAVAILABLE,
    });
  });

  it('says what to install when docker does not know compose', async () => {
    install('echo "docker: unknown command: docker compose" >/dev/null; exit 1');
    await expect(run('ps')).rejects.toMatchObject({
      message: 'This docker has no compose plugin',
      hint: 'install the package docker-compose-plugin',
      exitCode: ExitCode.UNAVAILABLE,
    });
  });

  it('says that no engine answers', async () => {
    install('case "$*" in "compose version") exit 0;; *) exit 1;; esac');
    await expect(run('ps')).rejects.toMatchObject({
      message: 'No Docker engine answers',
      hint: expect.stringContaining('systemctl start docker'),
      exitCode: ExitCode.UNAVAILABLE,
    });
  });

  it('wants settings first', async () => {
    rmSync(join(folder, 'deploy', '.env'));
    await expect(run('up')).rejects.toMatchObject({
      message: `There is no ${folder}/deploy/.env`,
      hint: expect.stringContaining('example.env'),
      exitCode: ExitCode.CONFIG,
    });
  });

  it('works in a checkout only, where the image can be built', async () => {
    rmSync(composeFile);
    await expect(run('up')).rejects.toMatchObject({ message: `There is no ${composeFile}`, exitCode: 69 });
  });

  /** Goes on for so many twentieths of a second, and says which signal ended it. */
  const runsFor = (count: number) => `trap 'echo TERM >>"$HOME/calls"; exit 143' TERM
trap 'echo INT >>"$HOME/calls"; exit 130' INT
echo runs >>"$HOME/calls"
i=0; while [ $i -lt ${count} ]; do i=$((i + 1)); sleep 0.05; done`;

  it('hands SIGTERM on, and asks no questions afterwards', async () => {
    install(runsFor(200));
    const ended = run('up');
    await eventually('docker compose runs', () => calls().includes('runs'));
    stopping.abort(new Error('stopped by SIGTERM', { cause: 'SIGTERM' }));
    await ended;
    expect(code).toBe(143);
    expect(calls().slice(1)).toEqual(['runs', 'TERM']);
  });

  it('leaves Ctrl-C to the terminal, which sends it to docker compose, too', async () => {
    install(runsFor(4));
    const ended = run('up');
    await eventually('docker compose runs', () => calls().includes('runs'));
    stopping.abort(new Error('stopped by SIGINT', { cause: 'SIGINT' }));
    await ended;
    expect(calls().slice(1)).toEqual(['runs']);
  });
});
