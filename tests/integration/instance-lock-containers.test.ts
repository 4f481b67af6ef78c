import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { acquireLock } from '../../shared/instance-lock.js';
import { ensureCompiled } from '../support/compiled.js';
import { inNamespaces, processOneOf, whyNoContainers } from '../support/container.js';

const fixture = resolve(import.meta.dirname, '../fixtures/children/race-for-lock.mjs');
const obstacle = whyNoContainers();
if (obstacle !== null) console.warn(`Left out: ${obstacle}`);

interface Report {
  readonly outcome: string;
  readonly message?: string;
}

let folder: string;
let file: string;
let containers: ChildProcess[];

beforeAll(() => ensureCompiled(['shared/instance-lock.ts', 'shared/lock-beacon.ts', 'shared/process-identity.ts']));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-lock-containers-'));
  file = join(folder, 'bot.lock');
  containers = [];
});
afterEach(async () => {
  await Promise.all(containers.map(kill));
  await rm(folder, { recursive: true, force: true });
});

/** A container whose process 1 wants the lock, and what came of it. */
async function start(hostname: string): Promise<{ container: ChildProcess; report: Report }> {
  const [program = '', ...args] = inNamespaces(hostname, process.execPath, fixture);
  const container = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  containers.push(container);
  await nextReport(container); // it is there
  container.send(file);
  return { container, report: await nextReport(container) };
}

async function nextReport(container: ChildProcess): Promise<Report> {
  const ended = once(container, 'exit').then(([code]) => Promise.reject(new Error(`the container ended with ${code}`)));
  const [report] = (await Promise.race([once(container, 'message'), ended])) as [Report];
  return report;
}

/** Process 1 dies, and the container with it. */
async function kill(container: ChildProcess): Promise<void> {
  if (container.exitCode !== null || container.signalCode !== null) return;
  const exit = once(container, 'exit');
  process.kill(processOneOf(container.pid ?? 0) ?? 0, 'SIGKILL');
  await exit;
}

describe.runIf(obstacle === null)('an instance lock among containers, each with a process 1 of its own', () => {
  it.each([
    ['the same hostname', 'tux', 'tux'],
    ['another hostname', '0c56c3b9a7f1', '7d11e04cbb2a'],
  ])(
    'is not taken from a live one by one with %s, and taken over at once when it was killed',
    async (_, one, other) => {
      const first = await start(one);
      expect(first.report.outcome).toBe('won');
      const second = await start(other);
      expect(second.report).toMatchObject({
        outcome: 'TUX_LOCKED',
        message: expect.stringMatching(`^Already running: bot\\.lock is held by pid 1 on ${one} since `),
      });
      await expect(acquireLock({ file, onCompromised: () => {} })).rejects.toThrow(`held by pid 1 on ${one} since`);
      await kill(first.container);
      expect((await start(other)).report).toEqual({ outcome: 'won' });
    },
  );
});
