import { SANDBOX_IDS } from '../../sandbox/index.js';

const { users } = SANDBOX_IDS;

/** What a command of the traffic is about. `talk` is no command: a new member says something, which earns xp. */
export type TrafficKind = 'ping' | 'roll' | 'serverinfo' | 'case' | 'job' | 'reminder' | 'talk' | 'restart';

/** An effect that can be seen in the sandbox. A case also has its row in the database, `talk` its xp. */
export type VisibleEffect = 'notice' | 'log entry' | 'job done' | 'reminder';

/** What must follow a command, each exactly once. */
export interface Expectation {
  /** What the answer says; null: none must come. */
  readonly answer: RegExp | null;
  readonly effects: readonly VisibleEffect[];
}

export const expectations: Readonly<Record<TrafficKind, Expectation>> = {
  ping: { answer: /Pong!/, effects: [] },
  roll: { answer: /🎲/, effects: [] },
  serverinfo: { answer: /Owner/, effects: [] },
  case: { answer: /✅ .* is warned \(case #\d+\)/, effects: ['notice', 'log entry'] },
  job: { answer: /📥 Job/, effects: ['job done'] },
  reminder: { answer: /⏰ I will remind you/, effects: ['reminder'] },
  talk: { answer: null, effects: [] },
  restart: { answer: /🔄 Restarting/, effects: [] },
};

/** One thing that somebody is about to do. */
export interface Planned {
  readonly kind: TrafficKind;
  readonly form: 'prefix' | 'slash' | 'plain';
  readonly as: string;
  /** What is written; of a slash command: its path. */
  readonly text: string;
  readonly options: Readonly<Record<string, string>>;
}

/** A word that marks everything which belongs to the command with this number. */
function markOf(number: number): string {
  return `mark${number}x`;
}

/** The numbers of the commands that a text speaks of. */
export function marksIn(text: string): number[] {
  return [...text.matchAll(/\bmark(\d+)x\b/g)].map((match) => Number(match[1]));
}

type Making = (number: number, as: string) => Omit<Planned, 'kind' | 'as'> & { readonly as?: string };

const prefix = (text: string, as?: string) => ({
  form: 'prefix' as const,
  text,
  options: {},
  ...(as !== undefined && { as }),
});
const slash = (text: string, options: Record<string, string> = {}, as?: string) => ({
  form: 'slash' as const,
  text,
  options,
  ...(as !== undefined && { as }),
});
const warned = [users.alice, users.bob, users.moderator];
const warnedBy = (number: number) => warned[number % warned.length] ?? users.bob;

/** How often what comes, of a hundred. */
export type Mix = readonly (readonly [share: number, kind: TrafficKind, make: Making])[];

/**
 * What people of a guild do. discord.js sends 50 requests a second at most, as Discord allows, callbacks of interactions
 * aside: what makes messages is kept well below that (a case takes four), so that a bot that was away can catch up.
 */
const everyday: Mix = [
  [59, 'ping', () => slash('ping')],
  [16, 'roll', () => slash('roll', { dice: '2d6' })],
  [8, 'serverinfo', () => slash('serverinfo')],
  [1, 'case', (n) => slash('warn', { user: warnedBy(n), reason: markOf(n) }, 'owner')],
  [1, 'job', (n) => slash('queue add', { seconds: '0', text: markOf(n) })],
  [1, 'reminder', (n) => slash('remind me', { when: '1s', text: markOf(n) })],
  [4, 'ping', () => prefix('$ping')],
  [1, 'roll', () => prefix('$roll d20')],
  [1, 'case', (n) => prefix(`$warn ${warnedBy(n)} ${markOf(n)}`, 'owner')],
  [1, 'job', (n) => prefix(`$queue add 0 ${markOf(n)}`)],
  [1, 'reminder', (n) => prefix(`$remind 1s ${markOf(n)}`)],
  [6, 'talk', (n) => ({ form: 'plain', text: `I think so, too: ${markOf(n)}`, options: {}, as: `talker${n}` })],
];

/** Mostly what is a promise: for a traffic of a few commands a second. */
export const promises: Mix = [
  [15, 'ping', () => slash('ping')],
  [10, 'ping', () => prefix('$ping')],
  [7, 'case', (n) => slash('warn', { user: warnedBy(n), reason: markOf(n) }, 'owner')],
  [6, 'case', (n) => prefix(`$warn ${warnedBy(n)} ${markOf(n)}`, 'owner')],
  [18, 'job', (n) => slash('queue add', { seconds: '0', text: markOf(n) })],
  [17, 'job', (n) => prefix(`$queue add 0 ${markOf(n)}`)],
  [8, 'reminder', (n) => slash('remind me', { when: '1s', text: markOf(n) })],
  [7, 'reminder', (n) => prefix(`$remind 1s ${markOf(n)}`)],
  [12, 'talk', (n) => ({ form: 'plain', text: `I think so, too: ${markOf(n)}`, options: {}, as: `talker${n}` })],
];

const speakers = ['owner', 'moderator', 'alice', 'bob'];

/** The next command of the traffic. @param random in [0, 1). */
export function plan(number: number, random: () => number, mix: Mix = everyday): Planned {
  const as = speakers[Math.floor(random() * speakers.length)] ?? 'owner';
  let left = random() * 100;
  for (const [share, kind, make] of mix) {
    left -= share;
    if (left < 0) return { kind, as, ...make(number, as) };
  }
  return { kind: 'ping', as, ...slash('ping') };
}
