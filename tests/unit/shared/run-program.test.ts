import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runProgram } from '../../../shared/cli/run-program.js';
import { TuxError } from '../../../shared/errors.js';

let said: string;
let program: Command;

beforeEach(() => {
  said = '';
  const record = (text: string | Uint8Array) => {
    said += String(text);
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(record);
  vi.spyOn(process.stderr, 'write').mockImplementation(record);
  program = new Command('demo').version('1.2.3');
  program.command('fine').action(() => {});
  program
    .command('no')
    .option('--count <n>', 'a number')
    .action(async () => {
      throw new TuxError('TUX_NOT_RUNNING', 'nothing runs', { exitCode: 1, hint: 'start it' });
    });
  program.command('bug').action(() => {
    throw new TypeError('a bug');
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

const run = (...args: string[]) => runProgram(program, ['node', 'demo', ...args]);

describe('a command line', () => {
  it('that works ends with 0', async () => {
    expect(await run('fine')).toBe(0);
    expect(said).toBe('');
  });

  it('may say how it ends through process.exitCode', async () => {
    program.command('later').action(() => {
      process.exitCode = 75;
    });
    expect(await run('later')).toBe(75);
  });

  it.each([
    ['an option that does not exist', ['fine', '--nonsense'], /unknown option '--nonsense'/],
    ['an option without its value', ['no', '--count'], /argument missing/],
    ['a command that does not exist', ['nonsense'], /unknown command 'nonsense'/],
    ['an argument too many', ['fine', 'extra'], /too many arguments/],
    ['nothing at all', [], /Usage: demo/],
  ])('with %s is USAGE (64) and says what is wrong', async (_what, args, message) => {
    expect(await run(...args)).toBe(64);
    expect(said).toMatch(message);
  });

  it.each([['--help'], ['--version'], ['fine --help']])('of %s ends with 0', async (args) => {
    expect(await run(...args.split(' '))).toBe(0);
    expect(said).not.toBe('');
  });

  it('that fails says so in one line, with what to do, and has the code of the error', async () => {
    expect(await run('no')).toBe(1);
    expect(said).toBe('❌ nothing runs — start it\n');
  });

  it('that finds several problems has them in one line for a log, and in a line each for people', async () => {
    program.command('check').action(() => {
      throw new TuxError('TUX_CONFIG', 'Configuration: A: is bad; B: is worse', {
        exitCode: 78,
        hint: 'mend it',
        details: { problems: ['A: is bad', 'B: is worse'] },
      });
    });
    vi.stubGlobal('process', Object.create(process, { stderr: { value: Object.create(process.stderr) } }));
    process.stderr.isTTY = false;
    expect(await run('check')).toBe(78);
    expect(said).toBe('❌ Configuration: A: is bad; B: is worse — mend it\n');
    said = '';
    process.stderr.isTTY = true;
    expect(await run('check')).toBe(78);
    expect(said).toBe('❌ Configuration: 2 problems — mend it\n   A: is bad\n   B: is worse\n');
  });

  it('that fails quotes no password, whoever wrote the error', async () => {
    program.command('connect').action(() => {
      throw new Error('cannot reach postgres://tux:s3cret@db/tux');
    });
    expect(await run('connect')).toBe(70);
    expect(said).toMatch(/^❌ Error: cannot reach postgres:\/\/tux:\[redacted\]@db\/tux\n {4}at /);
  });

  it('with a bug in it shows the stack', async () => {
    expect(await run('bug')).toBe(70);
    expect(said).toMatch(/^❌ TypeError: a bug\n {4}at /);
  });

  it('that meets an error of the operating system says so in one line and ends with 74', async () => {
    program.command('full').action(async () => {
      await readFile('/proc/self');
    });
    expect(await run('full')).toBe(74);
    expect(said).toMatch(/^❌ EISDIR: .*\n$/);
    expect(said.trimEnd()).not.toContain('\n');
  });

  it('that throws what is no error still says what', async () => {
    program.command('odd').action(() => {
      throw 'a string';
    });
    expect(await run('odd')).toBe(70);
    expect(said).toBe('❌ a string\n');
  });
});
