import { beforeEach, describe, expect, it } from 'vitest';
import { EventProgress } from '../../../../../bot/discord/session/event-progress.js';

const COMMANDS = 1;
const LISTENERS = 2;
const CACHE = 4;

let marks: [mark: number, begun: number][];
let noted: Map<number, number>;
const store = {
  noteMark: (mark: number, begun: number) => void marks.push([mark, begun]),
  noteEvent: (seq: number, bits: number) => void noted.set(seq, bits),
};

beforeEach(() => {
  marks = [];
  noted = new Map();
});

/** Something that ends when it is told to. */
function work() {
  let finish = () => {};
  const promise = new Promise<void>((resolve) => {
    finish = resolve;
  });
  return { promise, finish };
}

function deal(progress: EventProgress, seq: number, run: () => void = () => {}) {
  progress.receive(seq);
  progress.handle(seq, run);
}

describe('the mark', () => {
  it('passes an event for which nobody had work at once', () => {
    const progress = new EventProgress(store);
    deal(progress, 1);
    deal(progress, 2);
    expect(progress.mark).toBe(2);
    expect(marks.at(-1)).toEqual([2, 2]);
    expect(progress.openCount).toBe(0);
  });

  it('says that an event was begun before anybody is called', () => {
    const progress = new EventProgress(store);
    progress.receive(1);
    expect(marks).toEqual([]);
    progress.handle(1, () => expect(marks).toEqual([[0, 1]]));
  });

  it('waits for the work of an event, and then passes all that are done behind it', async () => {
    const progress = new EventProgress(store);
    const slow = work();
    deal(progress, 1, () => progress.track('commands', slow.promise));
    deal(progress, 2);
    deal(progress, 3);
    expect(progress.mark).toBe(0);
    expect(noted.get(2)).toBe(COMMANDS | LISTENERS | CACHE);
    slow.finish();
    await slow.promise;
    expect(progress.mark).toBe(3);
    expect(progress.openCount).toBe(0);
  });

  it('passes an event whose work failed: that was logged where it happened', async () => {
    const progress = new EventProgress(store);
    const failed = Promise.reject(new Error('no'));
    deal(progress, 1, () => progress.track('listeners', failed));
    await failed.catch(() => {});
    expect(progress.mark).toBe(1);
  });

  it('waits for every piece of work of a group', async () => {
    const progress = new EventProgress(store);
    const [first, second] = [work(), work()];
    deal(progress, 1, () => {
      progress.track('listeners', first.promise);
      progress.track('listeners', second.promise);
    });
    first.finish();
    await first.promise;
    expect(progress.mark).toBe(0);
    second.finish();
    await second.promise;
    expect(progress.mark).toBe(1);
  });

  it('waits for an event that has arrived and was not handed on yet', () => {
    const progress = new EventProgress(store);
    progress.receive(1);
    deal(progress, 2);
    expect(progress.mark).toBe(0);
    progress.handle(1, () => {});
    expect(progress.mark).toBe(2);
  });

  it('passes an event whose listener threw', () => {
    const progress = new EventProgress(store);
    progress.receive(1);
    const broken = () => {
      throw new Error('broken');
    };
    expect(() => progress.handle(1, broken)).toThrow('broken');
    expect(progress.mark).toBe(1);
  });

  it('takes no time for each event that grows with those that are open', async () => {
    const progress = new EventProgress({ noteMark: () => {}, noteEvent: () => {} });
    const slow = work();
    deal(progress, 1, () => progress.track('commands', slow.promise));
    for (let seq = 2; seq <= 100_000; seq += 1) deal(progress, seq);
    slow.finish();
    await slow.promise;
    expect(progress.mark).toBe(100_000);
  });
});

describe('a group that is done while another is not', () => {
  it('is remembered for the event', async () => {
    const progress = new EventProgress(store);
    const [command, xp] = [work(), work()];
    deal(progress, 1, () => {
      progress.track('commands', command.promise);
      progress.track('listeners', xp.promise);
    });
    expect(noted.get(1)).toBe(CACHE);
    command.finish();
    await command.promise;
    expect(noted.get(1)).toBe(COMMANDS | CACHE);
    expect(progress.mark).toBe(0);
  });
});

describe('events that are repeated', () => {
  it('are for those groups only that an earlier worker left open', () => {
    const progress = new EventProgress(store, {
      mark: 10,
      answersUnknownUpTo: 0,
      noted: new Map([[11, COMMANDS | CACHE]]),
    });
    const wanted: boolean[] = [];
    deal(progress, 11, () => wanted.push(progress.isWanted('commands'), progress.isWanted('listeners')));
    expect(wanted).toEqual([false, true]);
    expect(progress.mark).toBe(11);
  });

  it('are passed over when everything is done', () => {
    const progress = new EventProgress(store, {
      mark: 10,
      answersUnknownUpTo: 0,
      noted: new Map([[12, COMMANDS | LISTENERS | CACHE]]),
    });
    const wanted: boolean[] = [];
    deal(progress, 11, () => wanted.push(progress.isWanted('commands')));
    deal(progress, 12, () => wanted.push(progress.isWanted('commands'), progress.isWanted('listeners')));
    expect(wanted).toEqual([true, false, false]);
    expect(progress.mark).toBe(12);
  });

  it('are not begun anew when this very worker has dealt with them', () => {
    const progress = new EventProgress(store);
    deal(progress, 1);
    let calls = 0;
    deal(progress, 1, () => {
      calls += 1;
    });
    expect(calls).toBe(1); // whoever calls decides; but nothing of it counts
    expect(progress.mark).toBe(1);
    expect(progress.openCount).toBe(0);
  });
});

describe('an answer', () => {
  const ANSWER_BEGUN = 8;

  it('that is about to be sent is noted for the next worker, until the command is done', async () => {
    const progress = new EventProgress(store);
    const command = work();
    deal(progress, 1, () => progress.track('commands', work().promise));
    deal(progress, 2, () => progress.track('commands', command.promise));
    progress.beginAnswer(2);
    expect(noted.get(2)).toBe(LISTENERS | CACHE | ANSWER_BEGUN);
    command.finish();
    await command.promise;
    expect(noted.get(2)).toBe(COMMANDS | LISTENERS | CACHE);
  });

  it('was begun by an earlier worker that noted it, or of which nobody knows', () => {
    const earlier = { mark: 10, answersUnknownUpTo: 11, noted: new Map([[13, CACHE | ANSWER_BEGUN]]) };
    const progress = new EventProgress(store, earlier);
    const seen: boolean[] = [];
    for (const seq of [11, 12, 13]) {
      deal(progress, seq, () => {
        seen.push(progress.isAnswerBegun(seq));
        expect(progress.isWanted('commands')).toBe(true);
      });
    }
    expect(seen).toEqual([true, false, true]);
  });

  it('to an event that is done is not noted', () => {
    const progress = new EventProgress(store);
    deal(progress, 1);
    progress.beginAnswer(1);
    expect(noted.has(1)).toBe(false);
  });
});

describe('holding', () => {
  it('calls nobody, and leaves the mark below the first event that is held', async () => {
    const progress = new EventProgress(store);
    const slow = work();
    deal(progress, 1, () => progress.track('commands', slow.promise));
    progress.hold();
    const wanted: boolean[] = [];
    deal(progress, 2, () => wanted.push(progress.isWanted('commands'), progress.isWanted('cache')));
    slow.finish();
    await slow.promise;
    expect(wanted).toEqual([false, false]);
    expect(progress.mark).toBe(1);
    expect(noted.has(2)).toBe(false);
  });
});
