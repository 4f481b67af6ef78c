import { expect, it } from 'vitest';
import { createRehearsalAnswerer } from '../../../bot/app/rehearsal-answerer.js';
import { rehearseResume } from '../../../bot/discord/session/rehearsal.js';
import type { BotServices } from '../../../bot/framework/bot-services.js';
import type { CommandOutcome } from '../../../bot/framework/command-invoker.js';
import { fakeServices } from '../../support/framework-fakes.js';

const sockets = () => process.getActiveResourcesInfo().filter((name) => /TCP|Pipe/.test(name)).length;

function stage() {
  const outcomes: CommandOutcome[] = [];
  const { services, logger } = fakeServices({ config: { secrets: [] } as unknown as BotServices['config'] });
  const answerer = createRehearsalAnswerer(services, { onCommandFinished: (outcome) => void outcomes.push(outcome) });
  return { answerer, outcomes, logger };
}

it('goes through a RESUME and commands that are answered, says nothing, and leaves nothing open', async () => {
  const before = sockets();
  const { answerer, outcomes, logger } = stage();
  await rehearseResume(null, answerer, new AbortController().signal);
  expect(new Set(outcomes.map(({ path, result }) => `${path}: ${result}`))).toEqual(new Set(['ping: ok']));
  expect(outcomes).toHaveLength(6); // a message and an interaction each time
  expect(logger.records).toEqual([]);
  await expect.poll(sockets).toBeLessThanOrEqual(before);
});

it('ends when it is called off, and leaves nothing open', async () => {
  const before = sockets();
  const calledOff = new AbortController();
  const rehearsal = rehearseResume(null, stage().answerer, calledOff.signal);
  calledOff.abort(new Error('called off'));
  await expect(rehearsal).rejects.toThrow('called off');
  await expect.poll(sockets).toBeLessThanOrEqual(before);
});
