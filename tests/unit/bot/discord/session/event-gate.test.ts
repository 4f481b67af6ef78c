import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, expect, it } from 'vitest';
import { EventGate } from '../../../../../bot/discord/session/event-gate.js';

let gate: EventGate;
let seen: number[];
let errors: unknown[];
const send = (...events: number[]) => {
  for (const event of events) gate.pass(() => seen.push(event));
};
beforeEach(() => {
  errors = [];
  gate = new EventGate((error) => errors.push(error));
  seen = [];
});

it('is open at first', () => {
  send(1, 2);
  expect(seen).toEqual([1, 2]);
});

it('keeps what comes while it is shut, and lets it go in its order', async () => {
  gate.shut();
  send(1, 2);
  expect(seen).toEqual([]);
  gate.open();
  send(3);
  while (seen.length < 3) await nextTurn();
  expect(seen).toEqual([1, 2, 3]);
});

it('lets one go in the first turn, and then more and more: the first is to be answered soon', async () => {
  const all = Array.from({ length: 100 }, (_, index) => index);
  gate.shut();
  send(...all);
  gate.open();
  const after = [seen.length];
  while (seen.length < all.length) {
    await nextTurn();
    after.push(seen.length);
  }
  expect(after).toEqual([1, 3, 7, 15, 31, 56, 81, 100]);
});

it('lets a thousand go in turns, and nothing overtakes them', async () => {
  const all = Array.from({ length: 1_000 }, (_, index) => index);
  gate.shut();
  send(...all);
  gate.open();
  const inFirstTurn = seen.length;
  send(1_000);
  while (seen.length < 1_001) await nextTurn();
  expect(inFirstTurn).toBeLessThan(100);
  expect(seen).toEqual([...all, 1_000]);
  send(1_001);
  expect(seen.at(-1)).toBe(1_001);
});

it('forgets what waits when it is cleared', async () => {
  gate.shut();
  send(...Array.from({ length: 100 }, (_, index) => index));
  gate.open();
  const inFirstTurn = seen.length;
  gate.clear();
  await nextTurn();
  expect(seen).toHaveLength(inFirstTurn);
  send(7);
  expect(seen.at(-1)).toBe(7);
});

it('can be shut by what has waited: the rest waits on', async () => {
  gate.shut();
  send(1);
  gate.pass(() => {
    seen.push(2);
    gate.shut();
  });
  send(3);
  gate.open();
  send(4);
  while (seen.length < 2) await nextTurn();
  await nextTurn();
  expect(seen).toEqual([1, 2]);
});

it('goes on where it was shut', async () => {
  gate.shut();
  gate.pass(() => gate.shut());
  send(1, 2);
  gate.open();
  gate.open();
  while (seen.length < 2) await nextTurn();
  send(3);
  expect(seen).toEqual([1, 2, 3]);
});

it('goes on after an event that threw', async () => {
  gate.shut();
  gate.pass(() => {
    throw new Error('broken');
  });
  send(1);
  gate.open();
  while (seen.length < 1) await nextTurn();
  expect(errors).toMatchObject([{ message: 'broken' }]);
});
