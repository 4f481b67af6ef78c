import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { Events } from 'discord.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { SANDBOX_TOKEN, type Sandbox } from '../../../sandbox/index.js';
import { ensureCompiled } from '../../support/compiled.js';
import { newClient } from './bot.js';

const program = resolve(import.meta.dirname, '../../../dist/sandbox/main.js');

beforeAll(() => ensureCompiled(['sandbox/main.ts', 'sandbox/sandbox.ts', 'sandbox/gateway/gateway.ts']));

interface Addresses {
  readonly apiUrl: string;
  readonly controlUrl: string;
  readonly pid: number;
}

/** Starts the program and reads its one line; the child is killed at the end whatever happens. */
async function withProgram(
  stdin: 'pipe' | 'ignore',
  run: (child: ChildProcess, addresses: Addresses) => Promise<void>,
): Promise<void> {
  const child = spawn(process.execPath, [program], { stdio: [stdin, 'pipe', 'inherit'] });
  try {
    const [line] = (await once(child.stdout ?? child, 'data')) as [Buffer];
    await run(child, JSON.parse(line.toString()) as Addresses);
  } finally {
    child.kill('SIGKILL');
  }
}

describe('the sandbox as a program', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('prints its addresses and ends with 0 on %s', async (signal) => {
    await withProgram('ignore', async (child, addresses) => {
      expect(addresses.pid).toBe(child.pid);
      expect((await fetch(`${addresses.controlUrl}/state`)).status).toBe(200);
      child.kill(signal);
      expect(await once(child, 'exit')).toEqual([0, null]);
    });
  });

  it('ends when the process that started it is gone', async () => {
    await withProgram('pipe', async (child) => {
      child.stdin?.end();
      expect(await once(child, 'exit')).toEqual([0, null]);
    });
  });

  it('waits for the bot to say good-bye before it follows its parent', async () => {
    await withProgram('pipe', async (child, { apiUrl }) => {
      const client = newClient({ apiUrl } as Sandbox);
      const ready = once(client, Events.ClientReady);
      await client.login(SANDBOX_TOKEN);
      await ready;
      child.stdin?.end();
      const user = await client.users.fetch('500000000000000003', { force: true }); // it still serves
      expect(user.username).toBe('alice');
      expect(child.exitCode).toBeNull();
      const exit = once(child, 'exit'); // it may come before this side has seen its connection close
      await client.destroy();
      expect(await exit).toEqual([0, null]);
    });
  });

  it('refuses a port that is none with a usage message', async () => {
    const child = spawn(process.execPath, [program, '--port', 'http'], { stdio: ['ignore', 'ignore', 'pipe'] });
    const exit = once(child, 'exit'); // it may come before its last words have been read
    const [text] = (await once(child.stderr, 'data')) as [Buffer];
    expect(text.toString()).toMatch(/'http' is not a port\nusage:/);
    expect(await exit).toEqual([64, null]);
  });
});
