import { beforeEach, describe, expect, it } from 'vitest';
import { loggingHooks, progressHooks } from '../../../../bot/app/lifecycle-hooks.js';
import { TuxError } from '../../../../shared/errors.js';
import type { WorkerMessage } from '../../../../shared/ipc-protocol.js';
import { failing, WorkerTestCase } from '../../../../shared/testing/index.js';
import { recordingLogger } from '../../../support/framework-fakes.js';

let logger: ReturnType<typeof recordingLogger>;
let told: WorkerMessage[];

beforeEach(() => {
  logger = recordingLogger();
  told = [];
});

/** A worker of a database, which fails if it is told to, and emojis, which fail at first. */
function createWorker(databaseError?: TuxError): WorkerTestCase {
  return new WorkerTestCase(
    ({ recorder }) => [
      recorder.service('database', databaseError && failing(databaseError)),
      recorder.service('emojis', { critical: false, ...failing(new Error('no picture'), 1) }),
    ],
    { hooks: [loggingHooks(logger.log), progressHooks((message) => told.push(message))] },
  );
}

const said = () => logger.records.map(({ msg }) => msg);

describe('the log of a start and a stop', () => {
  it('has the lines that operators search for', async () => {
    const worker = createWorker();
    await worker.start();
    await worker.clock.advance(60_000);
    await worker.stop();
    expect(said()).toEqual([
      '🔧 INITIALIZING → STARTING',
      '🔧 Database setup…',
      '🔧 Emojis setup…',
      expect.stringMatching(/^✅ Database setup completed \(\d+ ms\)$/),
      "⚠️ Emojis setup failed, going on without it: Service 'emojis' failed to initialize: no picture",
      '🔧 STARTING → RUNNING',
      '🔧 Emojis setup…',
      '✅ Error recovery successful: Emojis works again after 60.0 s',
      '🔧 RUNNING → STOPPING',
      expect.stringMatching(/^🔧 (Database|Emojis) stopped$/),
      expect.stringMatching(/^🔧 (Database|Emojis) stopped$/),
      '🔧 STOPPING → STOPPED',
    ]);
  });

  it('names the service that kept it from starting, with what to do', async () => {
    const hint = '💡 run: tux db health';
    await expect(createWorker(new TuxError('TUX_DB_X', 'no database', { hint })).start()).rejects.toThrow();
    expect(said()).toContain(
      `❌ Database setup failed: Service 'database' failed to initialize: no database — ${hint}`,
    );
  });
});

describe('what the supervisor hears', () => {
  it('is every state and every stage of a service', async () => {
    const worker = createWorker();
    await worker.start();
    await worker.stop();
    expect(told.flatMap((one) => (one.type === 'state' ? [one.to] : []))).toEqual([
      'STARTING',
      'RUNNING',
      'STOPPING',
      'STOPPED',
    ]);
    const stages = (name: string) => told.flatMap((one) => (one.type === 'service' && one.name === name ? [one] : []));
    expect(stages('database').map(({ stage }) => stage)).toEqual(['initializing', 'running', 'stopped']);
    expect(stages('emojis')).toMatchObject([
      { stage: 'initializing', critical: false },
      { stage: 'failed', error: expect.stringContaining('no picture') },
    ]);
  });
});
