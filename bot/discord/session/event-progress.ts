import { ALL_BITS, ALL_DONE, ANSWER_BEGUN, GROUP_BITS, type WorkGroup } from './work-groups.js';

/** Where the progress is kept. */
export interface ProgressStore {
  /** The mark moved, or somebody is about to be told of an event. @param begun the highest number of such an event. */
  noteMark(mark: number, begun: number): void;
  /** How far an event above the mark is: the groups that are done, and {@link ANSWER_BEGUN}. */
  noteEvent(seq: number, bits: number): void;
}

/** What an earlier worker did of the same session. */
export interface EarlierProgress {
  readonly mark: number;
  /** The bits of its {@link ProgressStore.noteEvent}, by the number of the event. */
  readonly noted: ReadonlyMap<number, number>;
  /** Up to this number it is not known which interactions it had begun to answer. */
  readonly answersUnknownUpTo: number;
}

/** One event that is not done. */
interface OpenEvent {
  readonly seq: number;
  done: number;
  /** An answer to it may have been sent, by an earlier worker or by this one. */
  isAnswerBegun: boolean;
  /** Promises that are not settled, by group bit. */
  readonly pending: Map<number, number>;
  /** Everybody who listens has been called. */
  isHandled: boolean;
}

const NOTHING: EarlierProgress = { mark: 0, noted: new Map(), answersUnknownUpTo: 0 };

/**
 * How far the events of a gateway session have been dealt with. The **mark** is the highest number up to which every event is
 * done: a worker that takes the session over asks Discord for everything after it. What was done above it is remembered event
 * by event, so that it is not done again.
 *
 * Numbers come in order, without gaps. Constant time for each event.
 */
export class EventProgress {
  readonly #store: ProgressStore;
  readonly #open = new Map<number, OpenEvent>();
  readonly #earlier: Map<number, number>;
  readonly #answersUnknownUpTo: number;
  #mark: number;
  #highest: number;
  #begun: number;
  #current: OpenEvent | null = null;
  #isHolding = false;

  constructor(store: ProgressStore, earlier: EarlierProgress = NOTHING) {
    this.#store = store;
    this.#mark = earlier.mark;
    this.#highest = earlier.mark;
    this.#begun = earlier.mark;
    this.#earlier = new Map(earlier.noted);
    this.#answersUnknownUpTo = earlier.answersUnknownUpTo;
  }

  get mark(): number {
    return this.#mark;
  }

  /** Events that are not done. */
  get openCount(): number {
    return this.#open.size;
  }

  /** The number of the event whose listeners are being called; null outside of that. */
  get current(): number | null {
    return this.#current?.seq ?? null;
  }

  /** From now on events are left to the next worker: nobody is called for them, and the mark stays below the first. */
  hold(): void {
    this.#isHolding = true;
  }

  /** An event has arrived. */
  receive(seq: number): void {
    if (seq <= this.#highest) return; // known: nothing is begun anew
    this.#highest = seq;
    const noted = this.#earlier.get(seq) ?? 0;
    this.#earlier.delete(seq);
    const isAnswerBegun = (noted & ANSWER_BEGUN) !== 0 || seq <= this.#answersUnknownUpTo;
    this.#open.set(seq, { seq, done: noted & ALL_DONE, isAnswerBegun, pending: new Map(), isHandled: false });
  }

  /** Calls `run`, in which everybody who listens is told of the event. */
  handle<T>(seq: number, run: () => T): T {
    const event = this.#open.get(seq);
    if (!event || this.#isHolding) return run();
    this.#begun = Math.max(this.#begun, seq);
    this.#store.noteMark(this.#mark, this.#begun);
    const outer = this.#current;
    this.#current = event;
    try {
      return run();
    } finally {
      this.#current = outer;
      event.isHandled = true;
      for (const bit of ALL_BITS) this.#settle(event, bit);
      this.#advance();
    }
  }

  /** Whether this group is to be told of the present event: not when it has dealt with it, or while events are held. */
  isWanted(group: WorkGroup): boolean {
    if (this.#isHolding) return false;
    return this.#current === null || (this.#current.done & GROUP_BITS[group]) === 0;
  }

  /** Work for the present event; it counts as done when the promise settles, either way. */
  track(group: WorkGroup, work: Promise<unknown>): void {
    const event = this.#current;
    if (!event) return;
    const bit = GROUP_BITS[group];
    event.pending.set(bit, (event.pending.get(bit) ?? 0) + 1);
    const settled = () => {
      event.pending.set(bit, (event.pending.get(bit) ?? 1) - 1);
      this.#settle(event, bit);
      this.#advance();
    };
    work.then(settled, settled);
  }

  /** Whether an earlier worker may have sent an answer to this interaction. */
  isAnswerBegun(seq: number): boolean {
    return this.#open.get(seq)?.isAnswerBegun ?? false;
  }

  /** An answer to this interaction is about to be sent. */
  beginAnswer(seq: number): void {
    const event = this.#open.get(seq);
    if (!event || event.isAnswerBegun) return;
    event.isAnswerBegun = true;
    this.#store.noteEvent(seq, bitsOf(event));
  }

  #settle(event: OpenEvent, bit: number): void {
    if (!event.isHandled || (event.pending.get(bit) ?? 0) > 0 || (event.done & bit) !== 0) return;
    event.done |= bit;
    const isNext = event.seq === this.#mark + 1;
    // The groups without work are done at once; what is written is what is left after that.
    if (isNext && event.done === ALL_DONE) return;
    if (this.#hasSettledAll(event)) this.#store.noteEvent(event.seq, bitsOf(event));
  }

  /** Whether every group without pending work is marked as done. */
  #hasSettledAll({ pending, done }: OpenEvent): boolean {
    return ALL_BITS.every((bit) => (done & bit) !== 0 || (pending.get(bit) ?? 0) > 0);
  }

  #advance(): void {
    const before = this.#mark;
    for (;;) {
      const next = this.#open.get(this.#mark + 1);
      if (next?.done !== ALL_DONE || !next.isHandled) break;
      this.#open.delete(next.seq);
      this.#mark = next.seq;
    }
    if (this.#mark !== before) this.#store.noteMark(this.#mark, this.#begun);
  }
}

/** Once the commands are done nobody asks for the answer any more. */
function bitsOf({ done, isAnswerBegun }: OpenEvent): number {
  return isAnswerBegun && (done & GROUP_BITS.commands) === 0 ? done | ANSWER_BEGUN : done;
}
