import { isoTime } from '../../shared/iso-time.js';
import { redact } from '../../shared/redact.js';

/** What operators are told about. `test` is for `tux-supervisor notify test`. */
export type NotificationKind =
  | 'crash'
  | 'hang'
  | 'failed-start'
  | 'limit'
  | 'held'
  | 'gave-up'
  | 'config-error'
  | 'swapped-back'
  | 'deploy-refused'
  | 'recovered'
  | 'test';

/** How many of each kind were not told, see `telling-policy`. */
export type LeftOut = Readonly<Partial<Record<NotificationKind, number>>>;

/** One message to the operator, in the form in which the command gets it on its stdin. No secrets in it. */
export interface Notification {
  readonly kind: NotificationKind;
  /** ISO-8601 UTC. */
  readonly at: string;
  /** The machine that Tux runs on. */
  readonly host: string;
  /** What happened, in a few words of ours. */
  readonly title: string;
  /** Why, in one line; it may quote an error. */
  readonly reason: string;
  /** What to do about it, or where to read more; null when there is nothing to add. */
  readonly advice: string | null;
  /** The end of a hold, ISO-8601 UTC. */
  readonly until: string | null;
  /** What happened since the last notification and was not worth one of its own. */
  readonly leftOut: LeftOut;
}

/** What happened, from which the text of a notification is made. */
export interface NotificationFacts {
  readonly kind: NotificationKind;
  /** Wall clock, ms since the epoch. */
  readonly now: number;
  readonly host: string;
  readonly reason: string;
  readonly until?: string;
  readonly leftOut?: LeftOut;
}

/** With a title and the rest it stays far below the 2000 characters of a Discord message. */
const MAX_REASON_LENGTH = 1_000;

const READ_MORE = 'See: tux-supervisor history, and logs/crash.log';

const words: Readonly<Record<NotificationKind, { title: string; advice: string | null; counted: string }>> = {
  crash: { title: '❌ Tux crashed and is started again', advice: READ_MORE, counted: 'crash' },
  hang: { title: '❌ Tux hung, was ended, and is started again', advice: READ_MORE, counted: 'hang' },
  'failed-start': {
    title: '❌ Tux did not get ready; it is tried again',
    advice: READ_MORE,
    counted: 'failed start',
  },
  limit: {
    title: '⚠️ Tux used too much and is started again',
    advice: 'See: tux-supervisor history, and TUX_MAX_RSS_MB and TUX_MAX_LAG_MS in the README',
    counted: 'restart at a limit',
  },
  held: {
    title: '❌ Tux stays down: restarts are HELD',
    advice: 'Mend the cause, then: tux-supervisor restart --force',
    counted: 'hold',
  },
  'gave-up': {
    title: '❌ tux-supervisor has ended and keeps Tux up no more',
    advice: 'Mend the cause, then: tux-supervisor start',
    counted: 'end',
  },
  'config-error': {
    title: '❌ Tux stays down: its configuration needs a human (exit 78)',
    advice: 'Put it right, then: tux-supervisor start',
    counted: 'configuration error',
  },
  'swapped-back': {
    title: '❌ A new build failed; the build before serves again',
    advice: 'Put it right, then: tux-supervisor deploy',
    counted: 'build swapped back',
  },
  'deploy-refused': {
    title: '⚠️ Tux was restarted with the build before: the new one on disk is no good',
    advice: 'Put it right, then: tux-supervisor deploy',
    counted: 'refused build',
  },
  recovered: { title: '✅ Tux is ready again', advice: null, counted: 'recovery' },
  test: { title: '🔔 A test: notifications of tux-supervisor arrive here', advice: null, counted: 'test' },
};

/** Puts a notification into words. The reason may come from anywhere: secrets, control characters and excess are taken out. */
export function composeNotification(facts: NotificationFacts, secrets: readonly string[]): Notification {
  const { kind, now, host, reason, until = null, leftOut = {} } = facts;
  const { title, advice } = words[kind];
  const at = isoTime(now);
  return { kind, at, host, title, reason: tidy(redact(reason, secrets)), advice, until, leftOut };
}

/** The notification as a few lines of text. `quote` marks the reason as a quotation where the medium has a way to. */
export function notificationText(notification: Notification, quote = (reason: string) => reason): string {
  const { title, host, reason, until, leftOut, advice } = notification;
  const lines = [`${title} (on ${host})`, quote(reason)];
  if (until !== null) lines.push(`Until ${until}`);
  const counts = Object.entries(leftOut).map(([kind, count]) => counted(kind as NotificationKind, count));
  if (counts.length > 0) lines.push(`Not told one by one: ${counts.join(', ')}`);
  if (advice !== null) lines.push(advice);
  return lines.join('\n');
}

function counted(kind: NotificationKind, count: number): string {
  const { counted: word } = words[kind];
  if (count === 1) return `1 ${word}`;
  return `${count} ${word.endsWith('sh') ? `${word}es` : `${word}s`}`;
}

function tidy(text: string): string {
  const characters = [...text.replace(/[\p{Cc}\s]+/gu, ' ').trim()];
  return characters.length <= MAX_REASON_LENGTH
    ? characters.join('')
    : `${characters.slice(0, MAX_REASON_LENGTH - 1).join('')}…`;
}
