import { join, resolve } from 'node:path';
import { ulid } from 'ulid';
import { afterEach, describe, expect, it } from 'vitest';
import { environmentSchema } from '../../../../shared/config/schema.js';
import type { WorkerMessage } from '../../../../shared/ipc-protocol.js';
import { FakeClock } from '../../../../shared/testing/index.js';
import { StandbyProcess } from '../../../../supervisor/standby/standby-process.js';
import { isRunning } from '../../../support/processes.js';

const PROGRAM = join(resolve(import.meta.dirname, '../../../fixtures/children'), 'stands-by.mjs');
/** The pace of a standby with the settings below, ms. */
const BEAT_MS = 30_000;

let standby: StandbyProcess;
let clock: FakeClock;
/** What it said while it was a standby: `stream line`, and after `forgotten` nothing any more. */
let said: string[];

afterEach(() => standby.end('the test is over'));

function start(what: string): StandbyProcess {
  clock = new FakeClock();
  const own: string[] = []; // one that ends late must not speak in the next test
  said = own;
  standby = StandbyProcess.start({
    runId: ulid(),
    program: PROGRAM,
    cwd: import.meta.dirname,
    environment: { PATH: process.env.PATH ?? '', TUX_FIXTURE: what },
    config: { env: environmentSchema.parse({ DISCORD_TOKEN: 'x' }) },
    sink: {
      writeFromWorker: (stream, line, _runId, isStandby) => void own.push(`${stream} ${line} ${isStandby}`),
      forgetRun: () => void own.push('forgotten'),
    },
    clock,
  });
  return standby;
}

describe('the process of a standby', () => {
  it('tells when it is prepared and what was not, and ends at once when it is told to', async () => {
    const { prepared, over, pid } = start('prepares');
    expect(await prepared).toMatchObject({ stage: 'prepared', problems: ['the database does not answer'] });
    expect(standby).toMatchObject({ isUsable: true, rssBytes: 1_000 });
    await standby.end('it is not wanted');
    expect(await over).toBe('it is not wanted');
    expect(isRunning(pid)).toBe(false);
    expect(standby.isUsable).toBe(false);
  });

  it('that takes over is another worker from then on, whose time begins there', async () => {
    const { prepared } = start('prepares');
    await prepared;
    await clock.advance(50_000);
    const messages: WorkerMessage[] = [];
    const lines: string[] = [];
    const isServing = new Promise<void>((serving) => {
      standby.activate({
        onMessage(message) {
          messages.push(message);
        },
        onBadMessage: () => {},
        onLine(_stream, line) {
          lines.push(line);
          serving();
        },
      });
    });
    await isServing;
    expect(messages.map(({ type }) => type)).toEqual(['hello', 'heartbeat', 'ready']);
    expect(lines).toEqual(['words of a worker']);
    expect(said).toEqual(['stdout words of a standby true']);
    expect(standby.ageMs).toBe(0);
    await clock.advance(10 * BEAT_MS); // nobody waits for the heartbeats of a standby any more
    expect(clock.pending).toBe(0);
  });

  it('that hangs is killed, however it came to that', async () => {
    const { prepared, over, pid } = start('prepares');
    await prepared;
    process.kill(pid, 'SIGSTOP');
    await clock.advance(3 * BEAT_MS);
    expect(await over).toBe('no heartbeat for 90 s');
    expect(isRunning(pid)).toBe(false);
  });

  it('that says nothing is killed', async () => {
    const { over } = start('silent');
    await clock.advance(10_000);
    expect(await over).toBe('no hello within 10000 ms');
    await expect(standby.prepared).rejects.toThrow('The standby was not prepared');
  });

  it('that cannot be prepared is ended, with what it said', async () => {
    expect(await start('fails').over).toBe('it could not be prepared: the cog is broken');
  });

  it('that ends by itself is over, and what it said is forgotten', async () => {
    expect(await start('dies').over).toBe('it ended with code 3');
    await expect.poll(() => said).toEqual(['forgotten']);
  });

  it('whose program knows nothing of standbys is killed: it would be a second worker', async () => {
    expect(await start('serves-at-once').over).toBe('its program knows nothing of standbys');
  });
});
