import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, processesWith } from '../support/processes.js';
import { Terminal } from '../support/terminal.js';

const root = resolve(import.meta.dirname, '../..');
/** Compiling, making a database and starting takes ten seconds where nothing else is to be done. */
const SET_UP_MS = 120_000;
/**
 * `npm ci` unpacks 500 MB, which this checkout has just had done by the same script: here it is written down, and everything of the
 * packages is linked. Whatever else npm is asked for, npm does.
 */
const NPM = `#!/bin/sh
if [ "$1" = ci ]; then
  echo "$PWD: npm $*" >> "$(dirname "$0")/asked"
  mkdir node_modules && cp -a "$TUX_TEST_MODULES/.bin" node_modules/ && ln -s "$TUX_TEST_MODULES"/* node_modules/
  exit
fi
exec "$TUX_TEST_NPM" "$@"
`;

let checkout: string;
/** Where `npm` is found first. */
let programs: string;
/** As a newcomer's shell has it: nothing of Tux is set. */
let env: Record<string, string>;

beforeAll(() => {
  checkout = mkdtempSync(join(tmpdir(), 'tux-checkout-'));
  const { PATH = '', HOME = checkout } = process.env;
  programs = mkdtempSync(join(tmpdir(), 'tux-npm-'));
  writeFileSync(join(programs, 'npm'), NPM, { mode: 0o755 });
  env = {
    PATH: `${programs}:${PATH}`,
    HOME,
    TUX_TEST_CHECKOUT: checkout,
    TUX_TEST_MODULES: join(root, 'node_modules'),
    TUX_TEST_NPM: execFileSync('which', ['npm'], { encoding: 'utf8' }).trim(),
  };
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], { cwd: root, encoding: 'utf8' });
  for (const file of files.split('\0').filter((name) => name !== '' && existsSync(join(root, name)))) {
    mkdirSync(dirname(join(checkout, file)), { recursive: true });
    cpSync(join(root, file), join(checkout, file));
  }
});
afterAll(async () => {
  for (const pid of processesWith(`TUX_TEST_CHECKOUT=${checkout}`)) process.kill(pid, 'SIGKILL');
  for (const path of [checkout, programs]) rmSync(path, { recursive: true, force: true });
});

function npx(...args: string[]): { code: number | null; output: string } {
  const { status, stdout } = spawnSync('npx', args, { cwd: checkout, env, encoding: 'utf8' });
  return { code: status, output: stdout };
}

describe('a bare checkout', () => {
  it(
    'sets itself up, shows Tux ready and what to type next, answers, and stops on one Ctrl-C',
    async () => {
      const terminal = new Terminal('npm', ['start'], { cwd: checkout, env });
      await terminal.shows('npx tux sandbox say', SET_UP_MS);
      const asked = readFileSync(join(programs, 'asked'), 'utf8');
      expect(asked).toBe(`${realpathSync(checkout)}: npm ci --no-audit --no-fund --loglevel=error\n`);
      expect(terminal.output).toContain('Sandbox: a local Discord at http://127.0.0.1:');
      expect(terminal.output).toContain('Tux is ready after');

      expect(npx('tux', 'sandbox', 'say', '$ping')).toMatchObject({ code: 0, output: expect.stringContaining('Pong') });
      const status = npx('tux-supervisor', 'status', '--json');
      expect(JSON.parse(status.output)).toMatchObject({
        state: 'RUNNING',
        ready: true,
      });

      terminal.pressCtrlC();
      await terminal.ended;
      const last = JSON.parse(readFileSync(join(checkout, 'state/last-shutdown.json'), 'utf8')) as { data: unknown };
      expect(last.data).toMatchObject({ signal: 'SIGINT', exitCode: 0, clean: true });
      for (const name of ['supervisor.lock', 'bot.lock', 'sandbox.lock', 'control.sock']) {
        expect(existsSync(join(checkout, 'state', name)), name).toBe(false);
      }
      const left = () => processesWith(`TUX_TEST_CHECKOUT=${checkout}`);
      await eventually('no process is left', () => left().length === 0);
      expect(npx('tux', 'sandbox', 'say', 'anybody there?').code).toBe(1);
    },
    SET_UP_MS + 60_000,
  );

  it('does no set-up again when nothing has changed', () => {
    const { status, stderr } = spawnSync('npm', ['run', 'setup', '--silent'], { cwd: checkout, env, encoding: 'utf8' });
    expect(status).toBe(0);
    expect(stderr).not.toMatch(/Installing|Compiling/);
  });
});
