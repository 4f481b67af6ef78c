import { Command } from 'commander';
import { beforeEach, describe, expect, it } from 'vitest';
import { addInsightCommands } from '../../../../bot/cli/insight.js';
import type { WorkerDetails } from '../../../../shared/control/worker-details.js';
import { TuxError } from '../../../../shared/errors.js';
import { ExitCode } from '../../../../shared/exit-codes.js';
import { fakeDetails } from '../../../support/fake-status.js';

let output: string;
let problems: string;
let code: number | undefined;
let ask: () => Promise<WorkerDetails>;

beforeEach(() => {
  output = '';
  problems = '';
  code = undefined;
  ask = async () => fakeDetails();
});

async function run(...args: string[]): Promise<void> {
  const program = new Command('tux');
  addInsightCommands(program, {
    ask: () => ask(),
    write: (text) => {
      output += text;
    },
    writeError: (text) => {
      problems += text;
    },
    setExitCode: (value) => {
      code = value;
    },
  });
  await program.parseAsync(['node', 'tux', ...args]);
}

const gateway = { ...fakeDetails().gateway, status: 'disconnected', downForMs: 4_000 } as const;
const database = { latencyMs: null, problem: 'The database does not answer' };

describe('tux status', () => {
  it('tells people what the bot is busy with', async () => {
    await run('status');
    expect(output).toBe(
      `${[
        'bot       Tux#0001, RUNNING, up 1 min 5 s, version 0.1.0',
        'run       RUN',
        'services  database running',
        'gateway   ready, 1 guild, ping 42 ms',
        'database  answers in 1.5 ms',
        'work      3 jobs queued or running, 1 task',
        'later     1 reminder, 2 scheduled DMs',
        'tasks     log-health running',
        'caches    prefix 75 % of 4 hit, permissions not used yet',
        'handled   12 messages and interactions',
      ].join('\n')}\n`,
    );
    expect(code).toBe(ExitCode.OK);
  });

  it('tells the stage of each service, and whose health check fails', async () => {
    const service = { critical: false, health: null, checkedAt: null };
    const services = [
      { ...service, name: 'database', stage: 'running' as const, health: 'failing' as const },
      { ...service, name: 'prefix', stage: 'recovering' as const },
      { ...service, name: 'gateway', stage: 'initializing' as const },
    ];
    ask = async () => fakeDetails({ services });
    await run('status');
    expect(output).toMatch(
      /^services {2}database running \(fails its health check\), prefix recovering, gateway initializing$/m,
    );
  });

  it('tells programs everything', async () => {
    await run('status', '--json');
    expect(JSON.parse(output)).toEqual({ ok: true, bot: fakeDetails() });
  });

  it.each([[{ state: 'STARTING' } as const], [{ gateway }], [{ database }]])('ends with 1 for %j', async (more) => {
    ask = async () => fakeDetails(more);
    await run('status');
    expect(code).toBe(ExitCode.FAILURE);
  });
});

describe('tux ping', () => {
  it('tells how fast both answer', async () => {
    await run('ping');
    expect(output).toBe('✅ Discord: ready, 1 guild, ping 42 ms\n✅ Database: answers in 1.5 ms\n');
    expect(code).toBe(ExitCode.OK);
  });

  it('ends with 1 and says which does not', async () => {
    ask = async () => fakeDetails({ gateway, database });
    await run('ping');
    expect(output).toMatch(/❌ Discord: disconnected for 4 s.*\n❌ Database: The database does not answer\n/);
    expect(code).toBe(ExitCode.FAILURE);
  });
});

describe('tux ws-status', () => {
  it('goes through the shards, whatever the database does', async () => {
    ask = async () => fakeDetails({ database });
    await run('ws-status');
    expect(output).toMatch(/^logged in as +Tux#0001$/m);
    expect(output).toMatch(/^shard 0 +ready, ping 42 ms$/m);
    expect(code).toBe(ExitCode.OK);
  });
});

describe('without a bot', () => {
  it.each([
    ['TUX_NOT_RUNNING', ExitCode.FAILURE],
    ['TUX_NOT_LISTENING', ExitCode.FAILURE],
    ['TUX_NO_ANSWER', ExitCode.FAILURE],
    ['TUX_BOT_SILENT', ExitCode.UNAVAILABLE],
  ])('every command ends with 69 (%s)', async (errorCode, exitCode) => {
    ask = async () => {
      throw new TuxError(errorCode, 'Nobody there', { exitCode, hint: 'start it' });
    };
    for (const command of ['status', 'ping', 'ws-status']) {
      problems = '';
      code = undefined;
      await run(command);
      expect(problems).toBe('❌ Nobody there — start it\n');
      expect(code).toBe(ExitCode.UNAVAILABLE);
    }
    expect(output).toBe('');
    await run('ping', '--json');
    expect(JSON.parse(output)).toEqual({
      ok: false,
      error: { code: errorCode, message: 'Nobody there', hint: 'start it' },
    });
  });
});
