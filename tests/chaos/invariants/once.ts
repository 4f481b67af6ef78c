import { decodeTime } from 'ulid';
import { MAX_FUTURE_MS } from '../../../bot/scheduling/requeue-policy.js';
import { expectations, type VisibleEffect } from '../../support/traffic-plan.js';
import type { Judged } from '../../support/traffic-report.js';
import { answersIn } from '../../support/traffic-verdict.js';
import type { Observation } from '../observation.js';
import type { RoundPlan } from '../plan/round-plan.js';

/** Faults through which each command has to be answered, and with what it asked for. */
const UNNOTICED: ReadonlySet<string> = new Set(['process', 'gateway']);

/** Whether people may notice nothing of the faults but time. */
function isUnnoticed({ faults }: RoundPlan): boolean {
  return faults.every(({ kind }) => UNNOTICED.has(kind));
}

/**
 * Each acknowledged job, reminder and case takes effect once, and nothing ever twice. Where only processes end or the gateway fails, each
 * command is also answered as it should be, unless nobody could be told of it or it was too late for an interaction.
 */
export function once(
  observation: Pick<
    Observation,
    'plan' | 'outage' | 'commands' | 'earlierCommands' | 'strays' | 'waitingReminders' | 'disbelievedJobs'
  >,
): string[] {
  const { plan, outage, commands, earlierCommands, strays } = observation;
  return [
    ...strays.map(({ at, text }) => `at ${new Date(at).toISOString()} nobody asked for: ${text}`),
    ...[...earlierCommands, ...commands].flatMap((judged) => tell(judged, tooOften(judged))),
    ...commands.flatMap((judged) => tell(judged, brokenPromises(judged, observation))),
    ...(isUnnoticed(plan) ? commands : [])
      .filter((judged) => judged.outcome === 'wrong' && !isTooLate(judged, outage))
      .flatMap((judged) => tell(judged, judged.problems)),
  ];
}

/** Discord waits so long for the first answer to an interaction. */
const ANSWER_LIMIT_MS = 3_000;

/** An interaction that had to wait for Tux to come back: on a busy machine that takes longer than Discord waits for the answer. */
function isTooLate({ sent, seen }: Judged, { from, to }: Observation['outage']): boolean {
  const fellIntoOutage = sent.sentAt > from - ANSWER_LIMIT_MS && sent.sentAt < to;
  return sent.form === 'slash' && fellIntoOutage && answersIn(seen).length === 0;
}

/** What happened more often than once, or was not asked for. */
function tooOften({ sent, seen, stored }: Judged): string[] {
  const { answer, effects } = expectations[sent.kind];
  const allowed = (effect: VisibleEffect) => (effects.includes(effect) ? 1 : 0);
  const counts: [what: string, count: number, allowed: number][] = [
    ['answers', answersIn(seen).length, answer === null ? 0 : 1],
    ...(['notice', 'log entry', 'job done', 'reminder'] as const).map((effect): [string, number, number] => [
      effect,
      count(seen, effect),
      allowed(effect),
    ]),
    ['cases in the database', stored.cases, sent.kind === 'case' ? 1 : 0],
    ['xp', stored.xp ?? 0, stored.expectedXp ?? 0],
  ];
  return counts
    .filter(([, seenTimes, most]) => seenTimes > most)
    .map(([what, n, most]) => `${what}: ${n}, not ${most}`);
}

/** What was acknowledged and is not there. */
function brokenPromises(
  { sent, seen, stored }: Judged,
  { plan, waitingReminders, disbelievedJobs }: Pick<Observation, 'plan' | 'waitingReminders' | 'disbelievedJobs'>,
): string[] {
  const { answer } = expectations[sent.kind];
  const acknowledgement = answersIn(seen).find(({ text }) => answer?.test(text));
  if (!acknowledgement) return [];
  const isDisbelieved = isClockAhead(plan) && isFromFuture(acknowledgement, disbelievedJobs);
  const isReminderWaiting = waitingReminders.has(sent.number);
  if (sent.kind === 'job' && count(seen, 'job done') === 0 && !isDisbelieved)
    return ['the job was acknowledged and never done'];
  if (sent.kind === 'case' && stored.cases === 0) return ['the case was acknowledged and is not in the database'];
  if (sent.kind === 'reminder' && count(seen, 'reminder') === 0 && !isReminderWaiting) {
    return ['the reminder was acknowledged and never came'];
  }
  return [];
}

/** Whether workers had a clock further ahead than the queue believes, so that what they wrote is from the future later. */
function isClockAhead({ faults }: RoundPlan): boolean {
  return faults.some(
    (fault) => fault.kind === 'clock' && fault.roles.includes('worker') && fault.offsetMs > MAX_FUTURE_MS,
  );
}

/**
 * A job that was queued by such a worker, which did not live to run it, is rejected once the clock is right: a rule of the queue. Its
 * id tells when it was made, as that worker saw it.
 */
function isFromFuture({ at, text }: Judged['seen'][number], disbelievedJobs: ReadonlySet<string>): boolean {
  const jobId = JOB_ID.exec(text)?.[0];
  return jobId !== undefined && disbelievedJobs.has(jobId) && decodeTime(jobId) - at > MAX_FUTURE_MS;
}

/** A ULID. */
const JOB_ID = /[0-9A-HJKMNP-TV-Z]{26}/;

function count(seen: Judged['seen'], effect: VisibleEffect): number {
  return seen.filter(({ what }) => what === effect).length;
}

function tell({ sent, seen }: Judged, problems: readonly string[]): string[] {
  if (problems.length === 0) return [];
  const at = (time: number) => new Date(time).toISOString().slice(14, 23);
  const lines = seen.map(({ at: time, what, text, status }) => {
    const answer = status === undefined ? '' : ` → ${status() ?? 'no answer'}`;
    return `      ${at(time)} ${what}: ${text.replaceAll(/\s+/g, ' ').slice(0, 120)}${answer}`;
  });
  const head = `#${sent.number} ${sent.form} ${sent.kind} “${sent.text}” sent ${at(sent.sentAt)} (event ${sent.eventId}): ${problems.join('; ')}`;
  return [[head, ...lines].join('\n')];
}
