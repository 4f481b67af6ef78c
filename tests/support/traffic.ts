import { setTimeout as sleep } from 'node:timers/promises';
import { SANDBOX_IDS, type Sandbox } from '../../sandbox/index.js';
import { seededRandom } from './random.js';
import { type Mix, type Planned, plan } from './traffic-plan.js';
import { TrafficRecord } from './traffic-record.js';
import { TrafficReport } from './traffic-report.js';
import type { TrafficStore } from './traffic-store.js';
import { answersIn, judge, type Sent, type Stored } from './traffic-verdict.js';

export interface TrafficOptions {
  /** What comes, and who does it, follows from this. */
  readonly seed: number;
  /** Between two commands. Default 10. */
  readonly intervalMs?: number;
  /** Default: what people of a guild do. */
  readonly mix?: Mix;
}

/** The bot has said its last word when it has been silent for so long. */
const SILENCE_MS = 300;
/** Discord takes an answer to an interaction for 3 s; it may be on its way then. */
const ANSWERED_UNTIL_MS = 3_500;

/**
 * A lively guild: in the sandbox somebody does something every few milliseconds, and afterwards it is judged, from outside of
 * the bot, whether each command was answered once and took effect once.
 */
export class Traffic {
  readonly record: TrafficRecord;
  readonly sent: Sent[] = [];
  readonly #sandbox: Sandbox;
  #random: () => number;
  readonly #intervalMs: number;
  readonly #mix: Mix | undefined;
  /** By the number of what they say. */
  readonly #talkers = new Map<number, string>();
  /** The marks of two traffics in one sandbox must not meet: each command adds more than one entry to its record. */
  readonly #firstNumber: number;
  #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(sandbox: Sandbox, { seed, intervalMs = 10, mix }: TrafficOptions) {
    this.#sandbox = sandbox;
    this.#random = seededRandom(seed);
    this.#intervalMs = intervalMs;
    this.#mix = mix;
    this.#firstNumber = sandbox.recorder.mark();
    this.record = new TrafficRecord(sandbox);
    // What is tested is not the bot's patience with rate limits.
    for (const route of ['POST /channels/:id/messages', 'GET /guilds/:id/members/:id'])
      sandbox.rateLimits.set(route, { limit: 1_000_000, windowMs: 1_000 });
  }

  /** @param seed of what comes from now on. Default: it goes on as it would have. */
  start(seed?: number): void {
    if (seed !== undefined) this.#random = seededRandom(seed);
    this.#stopping = new AbortController();
    this.#running = this.#run(this.#stopping.signal);
  }

  /** From now on nobody does anything. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** Waits until `count` more commands than now have been answered. */
  async flow(count: number, timeoutMs = 30_000): Promise<void> {
    const from = this.sent.length;
    await this.#until(`${count} more answers`, timeoutMs, () => {
      return this.sent.slice(from).filter((sent) => this.#isAnswered(sent)).length >= count;
    });
  }

  /** Does one more thing, which is judged like all others. */
  send(planned: Planned): Sent {
    const number = this.#nextNumber;
    if (planned.kind === 'talk') this.#join(number, planned.as);
    const sentAt = Date.now();
    const sent = { ...planned, number, sentAt, ...this.#act(planned) };
    this.sent.push(sent);
    return sent;
  }

  /** Waits until all is right, or nothing more comes; then says how each command fared. Stop the traffic first. */
  async judge(store: TrafficStore, timeoutMs = 15_000): Promise<TrafficReport> {
    const giveUpAt = Date.now() + timeoutMs;
    for (;;) {
      const report = await this.look(store);
      const isSilent = Date.now() - this.record.lastWordAt > SILENCE_MS;
      // What looks as if nobody had been there to answer in time may be answered yet, by a bot that is slow.
      const isLate = report.expired.every(({ sent }) => Date.now() - sent.sentAt > ANSWERED_UNTIL_MS);
      const isOver = report.wrong.length === 0 && isSilent && isLate;
      if (isOver || Date.now() > giveUpAt) return report;
      await sleep(50);
    }
  }

  /** How each command has fared so far. */
  async look(store: TrafficStore): Promise<TrafficReport> {
    return this.#report(await store.read(this.sent, this.#talkers));
  }

  close(): void {
    this.record.close();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const startedAt = performance.now();
    for (let turn = 0; !signal.aborted; turn += 1) {
      const waitMs = startedAt + turn * this.#intervalMs - performance.now();
      if (waitMs > 0) await sleep(waitMs);
      else if (turn % 10 === 0) await sleep(0); // behind: catch up, but let the sandbox have its turn
      if (!signal.aborted) this.send(plan(this.#nextNumber, this.#random, this.#mix));
    }
  }

  get #nextNumber(): number {
    return this.#firstNumber + this.sent.length;
  }

  #act({ form, text, options, as }: Planned): Pick<Sent, 'eventId' | 'heardBy'> {
    const { actors, gateway } = this.#sandbox;
    if (!gateway.isBotReachable) return { eventId: null, heardBy: [] };
    const { id } =
      form === 'slash' ? actors.slash({ command: text.split(' '), options, as }) : actors.say({ text, as });
    const heardBy = [...gateway.sessions.values()].map((session) => ({ sessionId: session.id, s: session.seq }));
    return { eventId: id, heardBy };
  }

  #join(number: number, name: string): void {
    const { world } = this.#sandbox;
    const id = world.snowflakes.next();
    world.state.users[id] = { id, name, displayName: name, isBot: false };
    world.members.join(SANDBOX_IDS.guild, id);
    this.#talkers.set(number, id);
  }

  #isAnswered({ number, eventId }: Sent): boolean {
    return answersIn(this.record.of(number, eventId)).length > 0;
  }

  #report(stored: ReadonlyMap<number, Stored>): TrafficReport {
    const { turns } = this.record;
    const sessions = this.#sandbox.gateway.sessions;
    const heardBy = this.sent.flatMap((sent) => sent.heardBy.map(({ sessionId }) => sessionId));
    const seen = this.sent.map(({ number, eventId }) => this.record.of(number, eventId));
    const around = {
      answers: this.sent.flatMap(({ sentAt }, index) => answersIn(seen[index] ?? []).map(({ at }) => ({ at, sentAt }))),
      stays: turns
        .filter(({ what }) => what === 'identified' || what === 'resumed')
        .map(({ at, connection }) => {
          const isEnd = (what: string) => what === 'frozen' || what === 'closed';
          const end = turns.find((turn) => turn.connection === connection && isEnd(turn.what));
          return { from: at, to: end?.at ?? Number.POSITIVE_INFINITY };
        }),
      endedSessions: new Set(heardBy.filter((id) => sessions.get(id)?.detachedAt !== null)),
    };
    const nothing: Stored = { cases: 0, xp: null, expectedXp: null };
    const judged = this.sent.map((sent, index) => {
      const observed = seen[index] ?? [];
      const kept = stored.get(sent.number) ?? nothing;
      return { sent, seen: observed, stored: kept, ...judge(sent, observed, kept, around) };
    });
    const ours = new Set(this.sent.flatMap(({ eventId }) => eventId ?? []));
    return new TrafficReport(judged, this.record.strays(ours), turns);
  }

  async #until(what: string, timeoutMs: number, condition: () => boolean): Promise<void> {
    const giveUpAt = performance.now() + timeoutMs;
    while (!condition()) {
      if (performance.now() > giveUpAt) throw new Error(`not within ${timeoutMs} ms: ${what}`);
      await sleep(10);
    }
  }
}
