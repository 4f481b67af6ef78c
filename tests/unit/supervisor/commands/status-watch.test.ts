import { beforeEach, describe, expect, it } from 'vitest';
import type { Status } from '../../../../shared/control/status.js';
import { TuxError } from '../../../../shared/errors.js';
import { FakeClock } from '../../../../shared/testing/index.js';
import { assertTerminal, type Screen, watchStatus } from '../../../../supervisor/commands/status-watch.js';
import { fakeStatus } from '../../../support/fake-status.js';

let clock: FakeClock;
let pictures: (readonly string[])[];
let screen: Screen;
let answer: () => Promise<Status>;
let ending: AbortController;

beforeEach(() => {
  clock = new FakeClock();
  pictures = [];
  screen = { columns: 80, rows: 30, color: false, show: (lines) => void pictures.push(lines) };
  answer = async () => fakeStatus();
  ending = new AbortController();
});

const watch = () => watchStatus({ ask: () => answer(), screen, clock }, ending.signal);
const newest = () => pictures.at(-1)?.join('\n') ?? '';

describe('watching the status', () => {
  it('shows it every second, until it is ended', async () => {
    const watching = watch();
    await clock.advance(2_500);
    expect(pictures).toHaveLength(3);
    expect(pictures[0]?.[0]).toBe('state         RUNNING, ready');
    expect(pictures.map((lines) => lines.at(-1))).toEqual(
      [0, 1, 2].map((second) => `00:00:0${second} UTC, every second; q ends`),
    );
    ending.abort();
    await watching;
    expect([pictures.length, clock.pending]).toEqual([3, 0]);
  });

  it('says that the supervisor is gone, shows what it said last, and goes on when it is back', async () => {
    const watching = watch();
    await clock.advance(500);
    answer = () =>
      Promise.reject(new TuxError('TUX_NOT_RUNNING', 'No tux-supervisor is running', { hint: 'start it' }));
    await clock.advance(2_000);
    expect(pictures.at(-1)?.slice(0, 5)).toEqual([
      'Waiting for tux-supervisor, last seen 2 s ago',
      'No tux-supervisor is running — start it',
      '',
      'What it said then:',
      'state         RUNNING, ready',
    ]);
    answer = async () => fakeStatus({ state: 'STARTING' });
    await clock.advance(1_000);
    expect(newest()).toMatch(/^state {9}STARTING\n/);
    ending.abort();
    await watching;
  });

  it('waits also for one that was never there', async () => {
    answer = () => Promise.reject(new Error('refused'));
    const watching = watch();
    await clock.settle();
    expect(pictures[0]?.slice(0, 3)).toEqual(['Waiting for tux-supervisor', 'refused', '']);
    ending.abort();
    await watching;
  });

  it('draws nothing higher or wider than the screen', async () => {
    screen = { ...screen, rows: 6, columns: 40 };
    const watching = watch();
    await clock.settle();
    expect(pictures[0]).toHaveLength(6);
    expect(pictures[0]?.filter((line) => line.length > 40)).toEqual([]);
    expect(pictures[0]?.at(-2)).toMatch(/^… \d+ more lines$/);
    ending.abort();
    await watching;
  });

  it('draws nothing any more once it was ended, whatever comes late', async () => {
    let resolve: (status: Status) => void = () => {};
    answer = () => new Promise((done) => (resolve = done));
    const watching = watch();
    ending.abort();
    resolve(fakeStatus());
    await watching;
    expect(pictures).toEqual([]);
  });

  it('is nothing for a pipe (64)', () => {
    expect(() => assertTerminal(false)).toThrow(expect.objectContaining({ code: 'TUX_NO_TERMINAL', exitCode: 64 }));
    expect(() => assertTerminal(true)).not.toThrow();
  });
});
