import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { MarkKeeper } from '../../../../../bot/discord/session/mark-keeper.js';
import { FakeClock } from '../../../../../shared/testing/fake-clock.js';
import { recordingLogger } from '../../../../support/framework-fakes.js';

let folder: string;
let path: string;
let clock: FakeClock;
let logger: ReturnType<typeof recordingLogger>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tux-mark-'));
  path = join(folder, 'gateway-session.mark');
  clock = new FakeClock();
  logger = recordingLogger();
});
afterEach(() => rmSync(folder, { recursive: true }));

function open(): MarkKeeper {
  const keeper = MarkKeeper.open(path, { clock, log: logger.log, cacheBytes: () => 77 });
  if (!keeper) throw new Error('it cannot be opened');
  return keeper;
}

/** The next worker, which goes on with what the one before left. */
function takeOver(): MarkKeeper {
  const keeper = open();
  const stored = keeper.read('s');
  if (!stored) throw new Error('there is nothing');
  keeper.resume('s', stored);
  return keeper;
}

it('keeps when the last event was done, and when the connection was last alive', async () => {
  const keeper = open();
  keeper.begin('s');
  keeper.noteMark(3, 4);
  const handledAt = clock.now();
  await clock.advance(41_000);
  keeper.noteAlive();
  expect(open().read('s')).toMatchObject({ mark: 3, begun: 4, handledAt, aliveAt: clock.now(), cacheBytes: 77 });
});

it('counts the workers that die with the same event', () => {
  const first = open();
  first.begin('s');
  first.noteMark(0, 3);
  takeOver().noteMark(0, 3);
  takeOver().noteMark(1, 3);
  expect(open().read('s')).toMatchObject({ suspect: 3, deaths: 2, last: 3, begun: 3 });
});

it('begins to count anew with another event', () => {
  const first = open();
  first.begin('s');
  first.noteMark(0, 3);
  takeOver().noteMark(0, 2);
  takeOver();
  expect(open().read('s')).toMatchObject({ suspect: 3, deaths: 1, last: 2, begun: 3 });
});

it('does not count a worker whose start failed before it was told of anything', () => {
  open().begin('s');
  takeOver();
  takeOver().noteMark(0, 1);
  expect(open().read('s')).toMatchObject({ suspect: 0, deaths: 0 });
});

it('does not count a worker that ended in order', () => {
  const first = open();
  first.begin('s');
  first.noteMark(0, 1);
  first.close(true);
  takeOver().noteMark(0, 1);
  expect(open().read('s')).toMatchObject({ suspect: 0, deaths: 0 });
});

it('goes on without the file when that cannot be opened, and says so', () => {
  expect(MarkKeeper.open(join(folder, 'missing', 'mark'), { clock, log: logger.log, cacheBytes: () => 0 })).toBeNull();
  expect(logger.events()).toEqual(['session:mark:failed']);
});
