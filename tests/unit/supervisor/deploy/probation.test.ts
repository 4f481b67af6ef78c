import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Build } from '../../../../shared/control/build.js';
import { FakeClock } from '../../../../shared/testing/index.js';
import { type NewBuild, Probation, type WatchedRun } from '../../../../supervisor/deploy/probation.js';
import { readBuild } from '../../../../supervisor/deploy/read-build.js';
import type { ExitVerdict } from '../../../../supervisor/restart/exit-policy.js';
import type { KeptStandby } from '../../../../supervisor/standby/standby-keeper.js';
import { neverStarted } from '../../../../supervisor/worker/run-outcome.js';
import { writeBuildMarks } from '../../../support/builds.js';
import { fakeDetails } from '../../../support/fake-status.js';
import { recordingLogger } from '../../../support/framework-fakes.js';

const build: Build = { root: '/opt/tux/v2', version: '2.0.0', fingerprint: 'b2' };
const crash: ExitVerdict = { class: 'crash', action: 'back-off', exitCode: 0, reason: 'killed by SIGKILL' };
const planned: ExitVerdict = { class: 'planned', action: 'restart', exitCode: 0, reason: 'asked to' };

let folder: string;
let clock: FakeClock;
let logger: ReturnType<typeof recordingLogger>;
let done: unknown[];
let run: (WatchedRun & { stopped: string[] }) | null;
let previous: Build;
let probation: Probation;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'tux-probation-')));
  await writeBuildMarks(folder, '1.0.0');
  previous = readBuild(folder);
  clock = new FakeClock();
  logger = recordingLogger();
  done = [];
  run = null;
  probation = new Probation({
    builds: {
      choose: async (chosen) => void done.push(['choose', chosen.version]),
      noteFailed: (failed) => void done.push(['failed', failed.version]),
    },
    standby: { adopt: (standby) => void done.push(['adopt', standby.pid]) },
    worker: () => run,
    log: logger.log,
    clock,
    events: { onSwappedBack: ({ reason }) => void done.push(['told', reason]), onChange: () => {} },
  });
});
afterEach(async () => {
  await probation.close();
  expect(clock.pending).toBe(0);
  await rm(folder, { recursive: true });
});

function fakeRun(cogs: { name: string; status: string; reason?: string }[] = []) {
  const stopped: string[] = [];
  const answer = JSON.stringify(fakeDetails({ cogs }));
  run = {
    stopped,
    wasReady: true,
    isClosing: false,
    ask: async () => answer,
    stop: ({ reason }) => void stopped.push(reason),
  };
  return run;
}

function fallbackStandby(isUsable = true): KeptStandby {
  return { pid: 7, isUsable, end: async (why: string) => void done.push(['ended', why]) } as unknown as KeptStandby;
}

function begin(more: Partial<NewBuild> = {}): void {
  const standing = { lastRunId: 'OLD', fallback: null, pendingMigrations: [], cogsBefore: [] };
  probation.begin({ build, previous, ...standing, ...more });
}

const end = (runId = 'NEW', hadDatabase = true) => ({ ...neverStarted(runId, 'x', clock), hadDatabase });

describe('the first minute of a new build', () => {
  it('ends with the build before in service again when a worker of it crashes', async () => {
    begin({ fallback: fallbackStandby() });
    expect(await probation.noteEnd(end(), crash)).toBe(true);
    expect(done).toEqual([
      ['failed', '2.0.0'],
      ['choose', '1.0.0'],
      ['adopt', 7],
      ['told', 'killed by SIGKILL'],
    ]);
    expect(probation.reasonOfSwapBack(build)).toBe('killed by SIGKILL');
    expect(probation.current).toBeNull();
    expect(await probation.noteEnd(end(), crash)).toBe(false);
  });

  it('goes back to the folder of the build before where its standby is gone, if it is still the same', async () => {
    begin({ fallback: fallbackStandby(false) });
    expect(await probation.noteEnd(end(), crash)).toBe(true);
    expect(done).toContainEqual(['choose', '1.0.0']);
    expect(done).not.toContainEqual(['adopt', 7]);
    done.length = 0;
    begin();
    await writeFile(join(folder, 'dist/bot/main.js'), 'changed');
    expect(await probation.noteEnd(end(), crash)).toBe(false);
    expect(done).toEqual([]);
    expect(logger.events().at(-1)).toBe('deploy:no-way-back');
  });

  it('says so when there is no way back because the database was migrated', async () => {
    begin({ fallback: fallbackStandby(), pendingMigrations: ['AddThings1'] });
    expect(await probation.noteEnd(end(), crash)).toBe(false);
    expect(done).toEqual([['ended', 'the new build stays']]);
    expect(logger.records.at(-1)?.msg).toContain('AddThings1');
  });

  it('does not mind the end of the run before, nor a planned one', async () => {
    begin();
    expect(await probation.noteEnd(end('OLD'), crash)).toBe(false);
    expect(await probation.noteEnd(end(), planned)).toBe(false);
    expect(probation.current?.build).toEqual(build);
  });

  it('is over after a minute in which it served, and what was kept is ended', async () => {
    fakeRun();
    begin({ fallback: fallbackStandby() });
    await clock.advance(59_999);
    expect(probation.current).not.toBeNull();
    await clock.advance(1);
    expect(probation.current).toBeNull();
    expect(done).toEqual([['ended', 'the new build stays']]);
    expect(await probation.noteEnd(end(), crash)).toBe(false);
  });

  it('ends a worker that is not ready by then', async () => {
    const late = Object.assign(fakeRun(), { wasReady: false });
    begin({ fallback: fallbackStandby() });
    await clock.advance(60_000);
    expect(late.stopped).toEqual(['it is not ready 60 s after it took over']);
    expect(await probation.noteEnd(end(), { ...crash, class: 'failed-start' })).toBe(true);
  });

  it('ends a worker without a cog that the build before had', async () => {
    begin({ cogsBefore: [{ name: 'fun', status: 'loaded' }] });
    const sound = fakeRun([{ name: 'fun', status: 'loaded' }]);
    await probation.noteReady(sound);
    expect(sound.stopped).toEqual([]);
    const lame = fakeRun([{ name: 'fun', status: 'failed', reason: 'kaput' }]);
    await probation.noteReady(lame);
    expect(lame.stopped).toEqual(['cog fun failed in the new build: kaput']);
    let isSettled = false;
    const settled = probation.settled().then(() => {
      isSettled = true;
    });
    await clock.settle();
    expect(isSettled).toBe(false);
    await probation.noteEnd(end(), { ...crash, class: 'failed-start', reason: 'cog fun failed' });
    await settled;
    expect(probation.reasonOfSwapBack(build)).toBe('cog fun failed');
  });

  it('begins anew with the next build', async () => {
    begin({ fallback: fallbackStandby() });
    await clock.advance(30_000);
    begin();
    expect(done).toEqual([['ended', 'the new build stays']]);
    fakeRun();
    await clock.advance(59_999);
    expect(probation.current).not.toBeNull();
  });
});
