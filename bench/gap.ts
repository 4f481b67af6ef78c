import type { Sandbox } from '../sandbox/index.js';
import type { RecordedTurn } from '../sandbox/record/recorder.js';
import type { Sighting } from '../sandbox/world/world-events.js';
import { SteadyCommands } from './steady-commands.js';
import type { SupervisedTux } from './supervised-tux.js';

/** Something on the way from one worker to the next. */
export interface Milestone {
  readonly name: string;
  /** Since the last answer of the old worker. */
  readonly ms: number;
}

/** One change of workers. */
export interface Gap {
  /** From the last answer of the old worker to the first of the new one. */
  readonly ms: number;
  readonly isResumed: boolean;
  readonly milestones: readonly Milestone[];
}

export type Cause = 'planned restart' | 'kill -9';

/** Between two commands. */
const INTERVAL_MS = 5;
/** So many commands are answered before. */
const BEFORE = 50;

/** Has Tux restarted in the midst of traffic. @throws when no new worker answers in time. */
export async function measureGap(tux: SupervisedTux, sandbox: Sandbox, cause: Cause): Promise<Gap> {
  const from = tux.log.lines.length;
  const mark = sandbox.recorder.mark();
  const pid = await tux.workerPid();
  const commands = new SteadyCommands(sandbox, INTERVAL_MS);
  try {
    for (let count = 0; count < BEFORE; count += 1) await nextAnswer(sandbox);
    const restarted = cause === 'planned restart' ? tux.client.restart({ by: 'bench', force: false }) : undefined;
    if (cause === 'kill -9') process.kill(pid, 'SIGKILL');
    const isBack = ({ what }: RecordedTurn) => what === 'resumed' || what === 'identified';
    await sandbox.recorder.turns.waitFor(isBack, { after: mark, timeoutMs: 30_000 });
    await nextAnswer(sandbox);
    await tux.until('worker:ready', from);
    await restarted;
  } finally {
    await commands.stop();
  }
  return gapOf(tux, sandbox, mark, from, commands.answeredAt);
}

async function nextAnswer({ recorder }: Sandbox): Promise<void> {
  const isAnswer = ({ interactionId, kind }: Sighting) => interactionId !== undefined && kind !== 'deferred';
  await recorder.sightings.waitFor(isAnswer, { after: recorder.mark(), timeoutMs: 30_000 });
}

function gapOf(tux: SupervisedTux, sandbox: Sandbox, mark: number, from: number, answeredAt: readonly number[]): Gap {
  const turns = sandbox.recorder.turns.since(mark);
  const back = turns.find(({ what }) => what === 'resumed' || what === 'identified');
  const last = answeredAt.findLast((at) => back !== undefined && at < back.at);
  const first = answeredAt.find((at) => back !== undefined && at >= back.at);
  if (!back || last === undefined || first === undefined) {
    throw new Error(`no worker, or only one, answered: ${JSON.stringify({ turns, answeredAt })}`);
  }
  const logged = tux.log.lines.slice(from).map((line) => ({
    name: `${line.name} ${line.event ?? line.msg}`,
    ms: Date.parse(String(line.time)) - last,
  }));
  const connected = turns.map(({ what, at }) => ({ name: `connection ${what}`, ms: at - last }));
  const milestones = [...logged, ...connected, { name: 'first answer', ms: first - last }]
    .filter(({ ms }) => ms >= -20 && ms <= first - last)
    .sort((left, right) => left.ms - right.ms);
  return { ms: first - last, isResumed: back.what === 'resumed', milestones };
}
