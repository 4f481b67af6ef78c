import { expect, it } from 'vitest';
import { Replay } from '../../../../../bot/discord/session/replay.js';

it('is over at once where there is none', async () => {
  await new Replay().whenOver();
});

it('is waited for until it ends', async () => {
  const replay = new Replay();
  replay.begin();
  let isOver = false;
  const over = replay.whenOver().then(() => {
    isOver = true;
  });
  await Promise.resolve();
  expect([replay.isGoingOn, isOver]).toEqual([true, false]);
  replay.end();
  await over;
  expect(replay.isGoingOn).toBe(false);
});

it('that begins anew keeps nobody waiting for the one before', async () => {
  const replay = new Replay();
  replay.begin();
  const first = replay.whenOver();
  replay.begin();
  await first;
  expect(replay.isGoingOn).toBe(true);
});
