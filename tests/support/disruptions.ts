import { join } from 'node:path';
import { readLockOwner } from '../../shared/instance-lock.js';
import { BuildFolder } from './builds.js';
import { forgiveCrashes } from './restart-memory.js';
import type { Traffic } from './traffic.js';
import type { Program, TuxRig } from './tux-rig.js';
import { evaluateInWorker } from './worker-inspector.js';

/** A Tux that serves, with people who use it. */
export interface Subject {
  readonly rig: TuxRig;
  readonly traffic: Traffic;
  /** The one that runs now; replaced where a disruption ends it. */
  supervisor: Program;
}

/** Something that ends the worker, or more. It has passed when Tux serves again. */
export interface Disruption {
  readonly name: string;
  /** How the supervisor sees it: only crashes are held against Tux by its restart policy. */
  readonly isCrash: boolean;
  /** Whether an interaction may have to wait for longer than Discord lets it. */
  readonly mayExpire: boolean;
  readonly run: (subject: Subject) => Promise<unknown>;
}

/** Whoever serves at the moment: not a standby. */
async function activeWorker(rig: TuxRig): Promise<number> {
  const owner = await readLockOwner(rig.paths.botLock);
  if (owner === null) throw new Error('no worker holds the lock');
  return owner.pid;
}

async function untilReady(subject: Subject, act: () => unknown): Promise<void> {
  const from = subject.supervisor.log.lines.length;
  await act();
  await subject.supervisor.ready(from);
}

/** Kills supervisor and worker, does something while neither is there, and starts them again. @param env settings for that start. */
export async function whileDown(
  subject: Pick<Subject, 'rig' | 'supervisor'>,
  act: () => unknown,
  env: Record<string, string> = {},
): Promise<void> {
  const { rig, supervisor } = subject;
  process.kill(await activeWorker(rig), 'SIGKILL');
  supervisor.kill('SIGKILL');
  await supervisor.ended;
  await rig.sandbox.gateway.whenEmpty();
  await forgiveCrashes(rig.paths);
  try {
    await act();
  } finally {
    subject.supervisor = await rig.startReady(env);
  }
}

const adminRestart: Disruption = {
  name: '$admin restart',
  isCrash: false,
  mayExpire: false,
  run: (subject) =>
    untilReady(subject, () =>
      subject.traffic.send({ kind: 'restart', form: 'prefix', as: 'owner', text: '$admin restart', options: {} }),
    ),
};

const supervisorRestart: Disruption = {
  name: 'tux-supervisor restart',
  isCrash: false,
  mayExpire: false,
  run: (subject) => untilReady(subject, () => subject.rig.supervisorCommand('restart')),
};

let builds = 0;

const deploy: Disruption = {
  name: 'tux-supervisor deploy of a changed build',
  isCrash: false,
  mayExpire: false,
  run: async (subject) => {
    builds += 1;
    const { rig } = subject;
    const build = await BuildFolder.copy(join(rig.folder, `build-${builds}`), `99.0.${builds}`);
    await untilReady(subject, async () => {
      const { code, output } = await rig.supervisorCommand('deploy', build.path);
      if (code !== 0) throw new Error(output);
    });
  },
};

export const killWorker: Disruption = {
  name: 'kill -9 of the worker',
  isCrash: true,
  mayExpire: false,
  run: (subject) => untilReady(subject, async () => process.kill(await activeWorker(subject.rig), 'SIGKILL')),
};

const blockLoop: Disruption = {
  name: 'a loop that never ends',
  isCrash: true,
  mayExpire: true,
  run: (subject) =>
    untilReady(subject, async () => {
      const { rig, supervisor } = subject;
      const loop = 'setImmediate(function hangForThisTest() { for (;;); })';
      await evaluateInWorker(supervisor, await activeWorker(rig), loop);
    }),
};

const killBoth: Disruption = {
  name: 'kill -9 of supervisor and worker',
  isCrash: true,
  mayExpire: true,
  run: (subject) => whileDown(subject, () => {}),
};

/** Five crashes within a minute make the supervisor hold Tux back. */
const MAX_CRASHES = 3;

/** One disruption after the other, by chance. */
export function* randomDisruptions(random: () => number): Generator<Disruption, never> {
  for (let crashes = 0; ; ) {
    const chosen = disruptions[Math.floor(random() * disruptions.length)] ?? adminRestart;
    const next = chosen.isCrash && crashes >= MAX_CRASHES ? killBoth : chosen;
    if (next === killBoth) crashes = 0;
    else if (next.isCrash) crashes += 1;
    yield next;
  }
}

export const disruptions: readonly Disruption[] = [
  adminRestart,
  supervisorRestart,
  deploy,
  killWorker,
  blockLoop,
  killBoth,
];
