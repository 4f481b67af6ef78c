import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { environmentSchema } from '../../../../shared/config/schema.js';
import type { Heartbeat } from '../../../../shared/ipc-protocol.js';
import { FakeClock } from '../../../../shared/testing/index.js';
import { HangWatch } from '../../../../supervisor/worker/hang-watch.js';
import { recordingLogger } from '../../../support/framework-fakes.js';

/** Above the highest that Linux gives: nobody is there to be looked at. */
const NO_PID = 4_194_305;

let folder: string;
let env: ReturnType<typeof environmentSchema.parse>;
let clock: FakeClock;
let logger: ReturnType<typeof recordingLogger>;
let hangs: number[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-hang-'));
  env = environmentSchema.parse({ DISCORD_TOKEN: 'x', TUX_HEARTBEAT_INTERVAL_MS: '1000', TUX_HEARTBEAT_MISSES: '3' });
  clock = new FakeClock();
  logger = recordingLogger();
  hangs = [];
});
afterEach(() => rm(folder, { recursive: true }));

function createWatch(reportsDir = join(folder, 'reports')): HangWatch {
  const config = {
    get env() {
      return env;
    },
    secrets: [],
  };
  const onHang = (silentMs: number) => hangs.push(silentMs);
  return new HangWatch({ runId: 'RUN', pid: NO_PID, config, reportsDir, log: logger.log, clock, onHang });
}

const beat = (seq: number) => ({ type: 'heartbeat', seq }) as Heartbeat;

describe('the watch for a hang', () => {
  it('expects heartbeats from its start on, and begins anew when it is told to', async () => {
    const watch = createWatch();
    await clock.advance(60_000);
    watch.start();
    await clock.advance(2_000);
    watch.noteHeartbeat(beat(0));
    await clock.advance(2_000);
    watch.forgive();
    await clock.advance(2_000);
    expect(hangs).toEqual([]);
    await clock.advance(1_000);
    expect(hangs).toEqual([3_000]);
  });

  it('goes by the settings of the moment', async () => {
    const watch = createWatch();
    watch.start();
    env = { ...env, TUX_HEARTBEAT_MISSES: 5 };
    await clock.advance(4_999);
    expect(hangs).toEqual([]);
    watch.stop();
    await clock.advance(60_000);
    expect([hangs, clock.pending]).toEqual([[], 0]);
  });

  it('writes a report with the last twelve heartbeats, and says where it is', async () => {
    const watch = createWatch();
    expect(await watch.reportPath()).toBeNull();
    for (let seq = 0; seq < 15; seq += 1) watch.noteHeartbeat(beat(seq));
    const where = await watch.investigate(3_000);
    expect(where).toMatch(/^no JavaScript stack could be taken: /);
    const path = await watch.reportPath();
    const report = JSON.parse(await readFile(path ?? '', 'utf8')) as Record<string, unknown>;
    expect(report).toMatchObject({ runId: 'RUN', silentMs: 3_000, summary: where });
    expect((report.heartbeats as Heartbeat[]).map(({ seq }) => seq)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
    expect(logger.events()).toEqual(['worker:hang:report']);
  });

  it('does without a report where none can be written', async () => {
    await writeFile(join(folder, 'file'), '');
    const watch = createWatch(join(folder, 'file', 'reports'));
    expect(await watch.investigate(3_000)).toBeNull();
    expect(await watch.reportPath()).toBeNull();
    expect(logger.events()).toEqual(['worker:hang:report-failed']);
  });
});
