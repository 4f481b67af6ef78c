import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Argument, Command, Option } from 'commander';
import { describe, expect, it } from 'vitest';
import { tuxProgram } from '../../../../bot/cli/program.js';
import { addCompletionCommand, type CompletionShell, completionScript } from '../../../../shared/cli/completion.js';
import { supervisorProgram } from '../../../../supervisor/cli.js';

/** A program with one of everything. */
function demo(): Command {
  const program = new Command('demo-tool').description('A demo.').version('1.0.0');
  program
    .command('list')
    .description("list what's there: all of it")
    .option('-n, --lines <count>', 'so many')
    .addOption(new Option('--level <level>', 'least severe').choices(['info', 'warn']))
    .option('--state-dir <folder>', 'where')
    .option('--out <file>', 'into')
    .addOption(new Option('--secret', 'for nobody').hideHelp());
  const db = program.command('db').description('the database');
  db.command('status').description('how it is').option('--json', 'as JSON');
  program.command('say').addArgument(new Argument('<word>').choices(['yes', 'no']));
  program.command('hidden', { hidden: true });
  addCompletionCommand(program);
  return program;
}

/** What real bash offers after these words, the last of which is being typed. */
function offeredByBash(script: string, program: string, words: readonly string[]): string[] {
  const typed = [program, ...words].map((word) => `'${word}'`).join(' ');
  const lines = [
    script,
    `COMP_WORDS=(${typed}); COMP_CWORD=${words.length}`,
    // As bash does: the function that `complete` registered, from its own list.
    `$(complete -p ${program} | sed 's/.*-F \\([^ ]*\\).*/\\1/')`,
    `printf "%s\\n" "\${COMPREPLY[@]}"`,
  ];
  const { stdout, stderr, status } = spawnSync('bash', ['--norc', '-c', lines.join('\n')], { encoding: 'utf8' });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return stdout.split('\n').filter(Boolean);
}

describe('completion in bash', () => {
  it.each<[string[], string[]]>([
    [[''], ['list', 'db', 'say', 'completion', 'help']],
    [['l'], ['list']],
    [['x'], []],
    [['-'], ['--version', '-V', '--help', '-h']],
    [
      ['db', ''],
      ['status', 'help'],
    ],
    [
      ['db', 'status', ''],
      ['--json', '--help', '-h'],
    ],
    [['db', 'status', '--json', '--h'], ['--help']],
    [
      ['list', '--l'],
      ['--lines', '--level'],
    ],
    [
      ['list', '--level', ''],
      ['info', 'warn'],
    ],
    [['list', '--level', 'w'], ['warn']],
    [
      ['list', '--level', '=', ''],
      ['info', 'warn'],
    ],
    [
      ['list', '--level', '='],
      ['info', 'warn'],
    ],
    [['list', '--level', 'info', '--o'], ['--out']],
    [['list', '--lines', ''], []],
    [['list', '-n', '5', '--le'], ['--level']],
    [
      ['list', '-n', 'db', ''],
      ['--lines', '-n', '--level', '--state-dir', '--out', '--help', '-h'],
    ],
    [
      ['say', ''],
      ['yes', 'no'],
    ],
    [
      ['say', '-'],
      ['--help', '-h'],
    ],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['help', 'd'], ['db']],
    [['list', '--state-dir', '/pro'], ['/proc']],
    [['list', '--out', '/etc/pass'], ['/etc/passwd']],
  ])('offers after %j: %j', async (words, offered) => {
    const found = offeredByBash(await completionScript('bash', demo()), 'demo-tool', words);
    expect(found.filter((word) => word !== '/etc/passwd-')).toEqual(offered);
  });

  it.each([
    ['tux-supervisor', supervisorProgram, ['hist'], ['history']],
    ['tux-supervisor', supervisorProgram, ['doctor', '--of'], ['--offline']],
    ['tux-supervisor', supervisorProgram, ['notify', ''], ['test', 'help']],
    ['tux-supervisor', supervisorProgram, ['logs', '--level', 'w'], ['warn']],
    ['tux', tuxProgram, ['db', ''], ['health', 'status', 'migrate', 'help']],
    ['tux', tuxProgram, ['sandbox', 'say', '--as', 'owner', '--c'], ['--channel']],
  ])('knows the commands of %s', async (name, program, words, offered) => {
    expect(offeredByBash(await completionScript('bash', program()), name, words)).toEqual(offered);
  });
});

describe('completion in other shells', () => {
  it('for zsh describes commands and options', async () => {
    const script = await completionScript('zsh', demo());
    expect(script).toMatch(/^#compdef demo-tool\n/);
    const lines = script.split('\n');
    expect(lines).toContain(`    (' list')`);
    expect(lines).toContain(
      `      flags=('-n:so many' '--lines:so many' '--level:least severe' '--state-dir:where' '--out:into' '-h:display help for command' '--help:display help for command') ;;`,
    );
    expect(lines).toContain(`    (' list --level') compadd -- 'info' 'warn'; return ;;`);
    expect(lines).toContain(`    (' list --state-dir') _files -/; return ;;`);
    expect(script).toContain(`'list:list what'\\''s there: all of it'`);
    expect(script).not.toContain('hidden');
  });

  it('for fish describes commands and options', async () => {
    const script = await completionScript('fish', demo());
    const lines = script.split('\n');
    expect(lines).toContain(
      `complete -c demo-tool -n '__demo_tool_at \\'\\'' -a 'list' -d 'list what\\'s there: all of it'`,
    );
    expect(lines).toContain(`complete -c demo-tool -n '__demo_tool_at \\' db status\\'' -l json -d 'as JSON'`);
    expect(lines).toContain(
      `complete -c demo-tool -n '__demo_tool_at \\' list\\'' -l level -x -a 'info warn' -d 'least severe'`,
    );
    expect(lines).toContain(`complete -c demo-tool -n '__demo_tool_at \\' list\\'' -s n -l lines -x -d 'so many'`);
    expect(script).not.toContain('secret');
  });

  // Where the shell is installed, it has the last word on what is valid.
  it.each<[CompletionShell]>([['bash'], ['zsh'], ['fish']])('is valid for %s', async (shell) => {
    const folder = await mkdtemp(join(tmpdir(), 'tux-completion-'));
    try {
      for (const program of [demo(), supervisorProgram(), tuxProgram(), new Command('bare')]) {
        const file = join(folder, program.name());
        await writeFile(file, await completionScript(shell, program));
        const { error, stderr } = spawnSync(shell, ['-n', file], { encoding: 'utf8' });
        if (error === undefined) expect(stderr).toBe('');
        else expect(error).toMatchObject({ code: 'ENOENT' });
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
