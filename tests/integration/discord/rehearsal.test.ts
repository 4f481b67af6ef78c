import { expect, it } from 'vitest';
import { rehearseResume } from '../../../bot/discord/session/rehearsal.js';

const sockets = () => process.getActiveResourcesInfo().filter((name) => /TCP|Pipe/.test(name)).length;

it('goes through a RESUME and leaves nothing open', async () => {
  const before = sockets();
  await rehearseResume(null, new AbortController().signal);
  await expect.poll(sockets).toBeLessThanOrEqual(before);
});

it('ends when it is called off, and leaves nothing open', async () => {
  const before = sockets();
  const calledOff = new AbortController();
  const rehearsal = rehearseResume(null, calledOff.signal);
  calledOff.abort(new Error('called off'));
  await expect(rehearsal).rejects.toThrow('called off');
  await expect.poll(sockets).toBeLessThanOrEqual(before);
});
