import type { Entry } from '../../sandbox/record/journal.js';
import type { RecordedTurn } from '../../sandbox/record/recorder.js';
import type { Observed, Stray } from './traffic-record.js';
import { answersIn, type Sent, type Stored, type Verdict } from './traffic-verdict.js';

export type Judged = Verdict & { readonly sent: Sent; readonly seen: readonly Observed[]; readonly stored: Stored };

/** More commands than this are not told at length. */
const MAX_TOLD = 12;

/** How all commands of the traffic fared. */
export class TrafficReport {
  readonly wrong: readonly Judged[];
  readonly expired: readonly Judged[];
  readonly undeliverable: readonly Judged[];
  readonly total: number;
  /** Messages of the bot that belong to none of them. */
  readonly strays: readonly Stray[];
  readonly judged: readonly Judged[];
  readonly #turns: readonly Entry<RecordedTurn>[];

  constructor(judged: readonly Judged[], strays: readonly Stray[], turns: readonly Entry<RecordedTurn>[]) {
    const of = (outcome: Verdict['outcome']) => judged.filter((each) => each.outcome === outcome);
    this.wrong = of('wrong');
    this.expired = of('expired');
    this.undeliverable = of('undeliverable');
    this.total = judged.length;
    this.strays = strays;
    this.judged = judged;
    this.#turns = turns;
  }

  /** How long answers took, in ms, by share: `latencyMs(0.5)` is the median. */
  latencyMs(share: number): number {
    const all = this.judged
      .flatMap(({ sent, seen }) => answersIn(seen).map(({ at }) => at - sent.sentAt))
      .sort((left, right) => left - right);
    return all[Math.min(all.length - 1, Math.floor(all.length * share))] ?? 0;
  }

  /** The longest time in which nothing was answered, in ms. */
  get longestPauseMs(): number {
    const at = this.judged.flatMap(({ seen }) => answersIn(seen).map((answer) => answer.at)).sort((a, b) => a - b);
    return at.reduce((longest, each, index) => Math.max(longest, each - (at[index - 1] ?? each)), 0);
  }

  get summary(): string {
    const { total, wrong, expired, undeliverable, strays } = this;
    const times = `median ${this.latencyMs(0.5)} ms, longest pause ${this.longestPauseMs} ms`;
    return `${total} commands: ${wrong.length} wrong, ${expired.length} expired, ${undeliverable.length} undeliverable, ${strays.length} strays; ${times}`;
  }

  /** What went wrong, each with its timeline; null when nothing did. */
  complaint({ mayExpire = false, mayBeUndeliverable = false } = {}): string | null {
    const tolerated = [...(mayExpire ? ['expired'] : []), ...(mayBeUndeliverable ? ['undeliverable'] : []), 'right'];
    const bad = this.judged.filter(({ outcome }) => !tolerated.includes(outcome));
    if (bad.length === 0 && this.strays.length === 0) return null;
    const told = bad.slice(0, MAX_TOLD).map((judged) => this.#tell(judged));
    const rest = bad.length > MAX_TOLD ? [`… and ${bad.length - MAX_TOLD} more: ${numbers(bad.slice(MAX_TOLD))}`] : [];
    const strays = this.strays
      .slice(0, MAX_TOLD)
      .map(({ at, text }) => `✗ ${clock(at)} nobody asked for: ${oneLine(text)}`);
    return [this.summary, ...told, ...rest, ...strays, 'Connections:', ...this.#turns.map(turnLine)].join('\n');
  }

  #tell({ sent, seen, outcome, problems }: Judged): string {
    const { number, form, kind, as, sentAt, eventId, heardBy, text } = sent;
    const told = heardBy.map(({ sessionId, s }) => `s=${s} of session ${sessionId.slice(0, 6)}`).join(', ');
    const head = `✗ #${number} ${outcome}: ${problems.join('; ')}`;
    const what = `${form} ${kind} by ${as}: ${text} (event ${eventId ?? 'none: no session'}${told === '' ? '' : `, ${told}`})`;
    const lines = seen.map(({ at, what: kindOf, text: said, status }) => {
      const answer = status === undefined ? '' : ` → ${status() ?? 'no answer'}`;
      return `    ${clock(at)} ${kindOf}: ${oneLine(said)}${answer}`;
    });
    return [head, `    ${clock(sentAt)} sent: ${what}`, ...lines].join('\n');
  }
}

function turnLine({ at, connection, what, from, replayed, code, isByServer }: Entry<RecordedTurn>): string {
  const more = [
    from !== undefined && `from s=${from}`,
    replayed !== undefined && `${replayed} said again`,
    code !== undefined && `${code} by ${isByServer ? 'Discord' : 'the bot'}`,
  ].filter(Boolean);
  return `    ${clock(at)} connection ${connection} ${what} ${more.join(', ')}`;
}

function numbers(judged: readonly Judged[]): string {
  return judged
    .slice(0, 50)
    .map(({ sent }) => `#${sent.number}`)
    .join(' ');
}

/** Minute, second and millisecond. */
function clock(at: number): string {
  return new Date(at).toISOString().slice(14, 23);
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}
