import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StandbyReport } from '../../../../shared/ipc-protocol.js';
import { FakeClock } from '../../../../shared/testing/index.js';
import { BuildChoice } from '../../../../supervisor/deploy/build-choice.js';
import { type Candidate, Deployer, type DeployRequest } from '../../../../supervisor/deploy/deployer.js';
import type { NewBuild, Probation } from '../../../../supervisor/deploy/probation.js';
import type { WorkerRun } from '../../../../supervisor/worker/worker-run.js';
import { writeBuildMarks } from '../../../support/builds.js';
import { recordingLogger } from '../../../support/framework-fakes.js';
import { eventually } from '../../../support/processes.js';

let folder: string;
let clock: FakeClock;
let logger: ReturnType<typeof recordingLogger>;
let done: unknown[];
let builds: BuildChoice;
let begun: NewBuild | null;
let swappedBack: string | null;
let isStopping: boolean;
/** Answers for the worker that serves; null where none does. */
let ask: (() => Promise<string | null>) | null;
let candidate: FakeCandidate;
let deployer: Deployer;

/** A process of a build: it is prepared, or it is not. */
class FakeCandidate {
  readonly pid = 9;
  problems: readonly string[] = [];
  report: StandbyReport | null = null;
  readonly prepared: Promise<StandbyReport>;
  readonly over: Promise<string>;
  #prepare: (report: StandbyReport) => void = () => {};
  #fail: (error: Error) => void = () => {};
  #end: (why: string) => void = () => {};

  constructor() {
    this.prepared = new Promise((resolve, reject) => {
      this.#prepare = resolve;
      this.#fail = reject;
    });
    this.over = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  getReady(pendingMigrations: string[] = []): void {
    const sizes = { preparedMs: 900, rssBytes: 1 };
    this.report = { type: 'standby', stage: 'prepared', problems: [], ...sizes, pendingMigrations };
    this.#prepare(this.report);
  }

  fail(...problems: string[]): void {
    this.problems = problems;
    this.#fail(new Error(problems.join()));
    this.#end(problems.join());
  }

  async end(why: string): Promise<void> {
    done.push(['end', why]);
    this.fail(why);
  }
}

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'tux-deployer-')));
  await Promise.all([makeBuild('v1', '1.0.0'), makeBuild('v2', '2.0.0')]);
  clock = new FakeClock();
  logger = recordingLogger();
  done = [];
  begun = null;
  swappedBack = null;
  isStopping = false;
  ask = null;
  candidate = new FakeCandidate();
  const state = { deployed: null, saveDeployed: async () => {} };
  builds = new BuildChoice({ ownRoot: join(folder, 'v1'), state, log: logger.log });
  builds.noteSpawned();
  const probation: Pick<Probation, 'begin' | 'current' | 'reasonOfSwapBack' | 'settled'> = {
    current: null,
    begin: (next) => {
      begun = next;
    },
    reasonOfSwapBack: () => swappedBack,
    settled: async () => {},
  };
  deployer = new Deployer({
    builds,
    probation: probation as Probation,
    standby: { release: () => null, adopt: ({ pid }) => void done.push(['adopt', pid]) },
    reload: { ahead: () => ({ environment: { A: '1' }, takeOver: () => void done.push(['settings']) }) },
    launch: (program, environment, preflight) => {
      done.push(['launch', program.slice(folder.length + 1), environment, preflight]);
      return candidate as unknown as Candidate;
    },
    supervisor: () => ({
      worker: ask && ({ runId: 'NOW', ask } as unknown as WorkerRun),
      isStopping,
      restart: async (by, force) => {
        done.push(['restart', by, force]);
        return { runId: 'NEXT', pid: 9 };
      },
    }),
    log: logger.log,
    clock,
    events: { onDeployRefused: ({ problems }) => void done.push(['told', ...problems]), onChange: () => {} },
  });
});
afterEach(() => rm(folder, { recursive: true }));

const makeBuild = (name: string, version: string) => writeBuildMarks(join(folder, name), version);

const changeInPlace = () => writeFile(join(folder, 'v1/dist/bot/main.js'), 'changed');

function request(more: Partial<DeployRequest> = {}): DeployRequest {
  return { root: join(folder, 'v2'), by: 'me', force: false, ...more };
}

/** Until a candidate was launched. */
const launched = () =>
  eventually('a candidate was launched', () => done.some((entry) => String(entry).startsWith('launch')));

describe('a deploy', () => {
  it('looks at the build first, then swaps it in with the settings it was looked at with', async () => {
    const deployed = deployer.deploy(request());
    await launched();
    expect(deployer.status).toMatchObject({ stage: 'preflight', build: { version: '2.0.0' } });
    expect(done).toEqual([['launch', 'v2/dist/bot/main.js', { A: '1' }, true]]);
    candidate.getReady(['AddThings1']);
    expect(await deployed).toMatchObject({
      outcome: 'deployed',
      build: { version: '2.0.0' },
      previous: { version: '1.0.0' },
      problems: [],
      runId: 'NEXT',
      pid: 9,
    });
    expect(done.slice(1)).toEqual([['settings'], ['adopt', 9], ['restart', 'me, for build 2.0.0', false]]);
    expect(begun).toMatchObject({ previous: { version: '1.0.0' }, pendingMigrations: ['AddThings1'] });
    expect([builds.active?.version, deployer.status]).toEqual(['2.0.0', null]);
  });

  it('refuses a build that is no good with all that is wrong, and changes nothing', async () => {
    const deployed = deployer.deploy(request());
    await launched();
    candidate.fail('one thing', 'another');
    expect(await deployed).toMatchObject({ outcome: 'refused', problems: ['one thing', 'another'], swapMs: null });
    expect(done).toHaveLength(1);
    expect([builds.active?.version, begun]).toEqual(['1.0.0', null]);
  });

  it('refuses a build whose files change while it is looked at', async () => {
    const deployed = deployer.deploy(request());
    await launched();
    await writeFile(join(folder, 'v2/dist/bot/main.js'), 'half of the next');
    candidate.getReady();
    expect(await deployed).toMatchObject({ outcome: 'refused', problems: [expect.stringContaining('changed while')] });
    expect(done.at(-1)).toEqual(['end', 'its files have changed meanwhile']);
  });

  it('has nothing to do when that build serves already, but by force, which leaves the preflight out', async () => {
    expect(await deployer.deploy(request({ root: null }))).toMatchObject({ outcome: 'unchanged', pid: null });
    const forced = deployer.deploy(request({ root: null, force: true }));
    await launched();
    candidate.getReady();
    expect(await forced).toMatchObject({ outcome: 'deployed' });
    expect(done[0]).toEqual(['launch', 'v1/dist/bot/main.js', { A: '1' }, false]);
    expect(done.at(-1)).toEqual(['restart', 'me, for build 1.0.0', true]);
  });

  it('says when the build was swapped back before it got ready', async () => {
    const deployed = deployer.deploy(request());
    await launched();
    swappedBack = 'exit code 1';
    candidate.getReady();
    expect(await deployed).toMatchObject({ outcome: 'swapped-back', problems: ['exit code 1'], runId: 'NEXT' });
  });

  it('is one at a time, and does not outlive the supervisor', async () => {
    const deployed = deployer.deploy(request());
    await launched();
    await expect(deployer.deploy(request())).rejects.toMatchObject({ code: 'TUX_DEPLOYING' });
    isStopping = true;
    candidate.getReady();
    await expect(deployed).rejects.toMatchObject({ code: 'TUX_CLOSING' });
    expect(done.at(-1)).toEqual(['end', 'the supervisor stops']);
  });

  it('swaps nothing when the stop comes while the worker is asked for its cogs', async () => {
    let answer: (text: string | null) => void = () => {};
    ask = () => new Promise((resolve) => (answer = resolve));
    const deployed = deployer.deploy(request());
    await launched();
    candidate.getReady();
    await clock.settle();
    isStopping = true;
    answer(null);
    await expect(deployed).rejects.toMatchObject({ code: 'TUX_CLOSING' });
    expect(done.slice(1)).toEqual([['end', 'the supervisor stops']]);
    expect(builds.active?.version).toBe('1.0.0');
  });

  it('is over only when what was looked at has ended, also where that had been given up before the stop', async () => {
    let end: () => void = () => {};
    candidate.end = async () => {
      done.push(['ends']);
      await new Promise<void>((resolve) => (end = resolve));
      done.push(['ended']);
    };
    const deployed = deployer.deploy(request());
    await launched();
    await writeFile(join(folder, 'v2/dist/bot/main.js'), 'half of the next');
    candidate.getReady();
    await eventually('it is given up', () => done.some((entry) => String(entry) === 'ends'));
    const closed = deployer.close().then(() => done.push(['closed']));
    await clock.settle();
    end();
    await Promise.all([closed, deployed]);
    expect(done.slice(-2)).toEqual([['ended'], ['closed']]);
  });

  it('leaves no process behind when the build is gone by the time it is prepared', async () => {
    const deployed = deployer.deploy(request());
    await launched();
    await rm(join(folder, 'v2'), { recursive: true });
    candidate.getReady();
    await expect(deployed).rejects.toMatchObject({ code: 'TUX_NO_BUILD' });
    expect(done.at(-1)).toEqual(['end', 'the deploy failed']);
  });
});

describe('a restart', () => {
  it('is a deploy when the build on disk is a new one, unless that was swapped back', async () => {
    expect(deployer.isNewOnDisk()).toBe(false);
    await changeInPlace();
    expect(deployer.isNewOnDisk()).toBe(true);
    builds.noteFailed(builds.onDisk());
    expect(() => deployer.isNewOnDisk()).toThrow(expect.objectContaining({ code: 'TUX_BUILD_FAILED', exitCode: 78 }));
  });

  it('that Tux asked for itself has the new build looked at afterwards, and the operator told when it is no good', async () => {
    deployer.noteReady();
    await changeInPlace();
    deployer.noteOwnRestart();
    deployer.noteReady();
    await launched();
    candidate.fail('kaput');
    await eventually('the operator is told', () => done.some((entry) => String(entry) === 'told,kaput'));
  });
});
