import { Command } from 'commander';
import { beforeEach, describe, expect, it } from 'vitest';
import { addCogCommands } from '../../../../bot/cli/cog.js';
import { cogEntries } from '../../../../bot/cogs/index.js';
import { ExitCode } from '../../../../shared/exit-codes.js';

let output: string;
let code: number | undefined;

beforeEach(() => {
  output = '';
  code = undefined;
});

async function run(...args: string[]): Promise<void> {
  const program = new Command('tux');
  addCogCommands(program, {
    write: (text) => {
      output += text;
    },
    setExitCode: (value) => {
      code = value;
    },
  });
  await program.parseAsync(['node', 'tux', 'cog', ...args]);
}

describe('tux cog check', () => {
  it('looks at one command without a bot', async () => {
    await run('check', 'moderation/ban');
    expect(output).toMatch(/^✅ moderation – commands: \d+, kinds of buttons: \d+, listeners: \d+\n$/);
    expect(code).toBeUndefined();
  });

  it('looks at all of them when none is named', async () => {
    await run('check', '--json');
    const reports = JSON.parse(output) as { name: string; problems: string[] }[];
    expect(reports.map(({ name }) => name)).toEqual(cogEntries.map(({ name }) => name));
    expect(reports.flatMap(({ problems }) => problems)).toEqual([]);
  });

  it.each([
    ['moderation/bann', /^Cog 'moderation' has no command 'bann'$/],
    ['moderatoin', /^There is no cog 'moderatoin'$/],
  ])('says so when there is no %s', async (name, message) => {
    await expect(run('check', name)).rejects.toMatchObject({
      message: expect.stringMatching(message),
      hint: expect.stringMatching(/ban|moderation/),
      exitCode: ExitCode.USAGE,
    });
  });
});

describe('tux cog list', () => {
  it('shows every cog with its commands', async () => {
    await run('list');
    expect(output).toMatch(/^COG +PRIORITY +COMMANDS\n/);
    expect(output).toMatch(/^moderation +\d+ +.*ban/m);
  });
});
