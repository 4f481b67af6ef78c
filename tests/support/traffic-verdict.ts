import { expectations, type Planned } from './traffic-plan.js';
import type { Observed } from './traffic-record.js';

/** Something that was done in the sandbox. */
export interface Sent extends Planned {
  readonly number: number;
  /** Milliseconds since the epoch. */
  readonly sentAt: number;
  /** The message or interaction; null when Discord knew no session of the bot and told nobody. */
  readonly eventId: string | null;
  /** The sessions that it was told to, with its number there. */
  readonly heardBy: readonly { readonly sessionId: string; readonly s: number }[];
}

/** What the bot's own store says about a command. */
export interface Stored {
  readonly cases: number;
  /** The xp of whoever talked, and of how much the message is worth. */
  readonly xp: number | null;
  readonly expectedXp: number | null;
}

/** What happened around the command. Times are in ms since the epoch. */
export interface Circumstances {
  /** When somebody was there to be told: from an IDENTIFY or RESUME to the end of that connection. */
  readonly stays: readonly { readonly from: number; readonly to: number }[];
  /** When the bot answered a command, and when that had been sent. */
  readonly answers: readonly { readonly at: number; readonly sentAt: number }[];
  /** Sessions that ended, or that nobody came back to: what they had been told comes a second time to nobody. */
  readonly endedSessions: ReadonlySet<string>;
}

export type Outcome = 'right' | 'wrong' | 'expired' | 'undeliverable';

export interface Verdict {
  readonly outcome: Outcome;
  /** Empty when it is right. */
  readonly problems: readonly string[];
}

/** Discord waits 3 s for the first answer to an interaction. A worker that comes back has others to answer first. */
const ANSWERABLE_MS = 2_000;
/** Whoever was told, and so much later answered somebody who came after, had the time to answer. */
const TIME_TO_ANSWER_MS = 1_000;

/**
 * Whether a command was answered once and took effect once. What was done while Discord had nobody to tell, or only a session
 * that ended, cannot be answered; and an interaction cannot after 3 s: those must have had each effect at most once.
 */
export function judge(sent: Sent, seen: readonly Observed[], stored: Stored, around: Circumstances): Verdict {
  const problems = problemsOf(sent, seen, stored);
  if (problems.length === 0) return { outcome: 'right', problems: [] };
  const isHarmless = problems.every(({ isTooLittle }) => isTooLittle);
  const texts = problems.map(({ text }) => text);
  if (!isHarmless) return { outcome: 'wrong', problems: texts };
  if (isUndeliverable(sent, around)) return { outcome: 'undeliverable', problems: texts };
  if (isExpired(sent, seen, around)) return { outcome: 'expired', problems: texts };
  return { outcome: 'wrong', problems: texts };
}

interface Problem {
  readonly text: string;
  /** Something is missing; else there is too much, or it is wrong. */
  readonly isTooLittle: boolean;
}

function problemsOf(sent: Sent, seen: readonly Observed[], stored: Stored): Problem[] {
  const { answer, effects } = expectations[sent.kind];
  const problems: Problem[] = [];
  const expectCount = (what: string, count: number, expected: number) => {
    if (count === expected) return;
    problems.push({ text: `${what}: ${count} instead of ${expected}`, isTooLittle: count < expected });
  };
  const answers = answersIn(seen);
  expectCount('answers', answers.length, answer === null ? 0 : 1);
  const other = answers.find(({ text }) => answer !== null && !answer.test(text));
  if (other) problems.push({ text: `answered with “${other.text}”`, isTooLittle: false });
  for (const effect of ['notice', 'log entry', 'job done', 'reminder'] as const) {
    const count = seen.filter(({ what }) => what === effect).length;
    expectCount(effect, count, effects.includes(effect) ? 1 : 0);
  }
  expectCount('cases in the database', stored.cases, sent.kind === 'case' ? 1 : 0);
  if (sent.kind === 'talk') expectCount('xp', stored.xp ?? 0, stored.expectedXp ?? 0);
  return problems;
}

/** A message that answers, and the edit that fills in a deferred answer; editing it again changes nothing that counts. */
export function answersIn(seen: readonly Observed[]): Observed[] {
  const isDeferred = seen.some(({ what }) => what === 'deferred');
  const filled = isDeferred ? seen.filter(({ what }) => what === 'edit').slice(0, 1) : [];
  return [...seen.filter(({ what }) => what === 'answer'), ...filled];
}

function isUndeliverable({ heardBy }: Sent, { endedSessions }: Circumstances): boolean {
  return heardBy.every(({ sessionId }) => endedSessions.has(sessionId));
}

/** Nobody who was told of it in time, while Discord had not forgotten it, lived long enough to answer. */
function isExpired({ form, sentAt }: Sent, seen: readonly Observed[], around: Circumstances): boolean {
  if (form !== 'slash' || answersIn(seen).length > 0) return false;
  if (seen.some(({ status }) => status?.() === 404)) return true; // it was answered, too late: a machine that is busy
  return around.stays.every(({ from, to }) => {
    const toldAt = Math.max(from, sentAt);
    if (to < sentAt || toldAt - sentAt > ANSWERABLE_MS) return true;
    // One that hangs is there, and answers nobody; one that is about to end answers only those who came before.
    return !around.answers.some(
      (other) => other.sentAt >= sentAt && other.at >= toldAt + TIME_TO_ANSWER_MS && other.at <= to,
    );
  });
}
