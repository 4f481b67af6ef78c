import { EventEmitter, once } from 'node:events';
import { expect, it } from 'vitest';
import { WriteBehind } from '../../../../supervisor/history/write-behind.js';

it('writes one after the other, in the order in which they came, whichever is quicker', async () => {
  const behind = new WriteBehind();
  const done: string[] = [];
  const slow = new EventEmitter();
  behind.add(() => once(slow, 'finished').then(() => void done.push('slow')));
  behind.follow(Promise.resolve().then(() => void done.push('under way already')));
  behind.add(async () => void done.push('last'));
  setImmediate(() => slow.emit('finished'));
  await behind.drain();
  expect(done).toEqual(['under way already', 'slow', 'last']);
});

it('tells of the first that failed, and goes on with the others', async () => {
  const behind = new WriteBehind();
  const done: string[] = [];
  behind.follow(Promise.reject(new Error('the lock is lost')));
  behind.add(() => Promise.reject(new Error('and that as well')));
  behind.add(async () => void done.push('last'));
  await expect(behind.drain()).rejects.toThrow('the lock is lost');
  expect(() => behind.assertWritten()).toThrow('the lock is lost');
  expect(done).toEqual(['last']);
});
