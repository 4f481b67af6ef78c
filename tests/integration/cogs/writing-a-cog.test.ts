import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quotesCog } from '../../fixtures/writing-a-cog/quotes/quotes-cog.js';
import { CogRig } from '../../support/cog-rig.js';

describe('quotes', () => {
  let rig: CogRig;
  beforeAll(async () => {
    rig = await CogRig.create([{ name: 'quotes', load: async () => quotesCog }]);
  }, 60_000);
  afterAll(() => rig.dispose());

  const hopper = '> Humans are allergic to change.\n— Grace Hopper';

  it('shows what somebody said, in both forms, and pauses in between', async () => {
    expect((await rig.say('$quote show grace hopper', { as: 'alice' })).content).toBe(hopper);
    expect((await rig.slash('quote show', { author: 'Grace Hopper' }, { as: 'alice' })).content).toContain('a pause');
    expect((await rig.slash('quote show', { author: 'Grace Hopper' }, { as: 'bob' })).content).toBe(hopper);
    expect((await rig.say('$quote show nobody')).content).toContain('I have no quote of that person.');
  });

  it('suggests authors', async () => {
    expect(await rig.suggest('quote show', 'author', 'ed')).toEqual(['Edsger Dijkstra']);
  });

  it('turns to the next quote, also after a restart', async () => {
    const first = await rig.say('$quote show edsger dijkstra');
    await rig.restart();
    const second = await rig.click('Another');
    expect(second.id).toBe(first.id);
    expect(second.content).not.toBe(first.content);
    expect(await rig.click('Another')).toMatchObject({ id: first.id, content: first.content });
  });

  it('posts one later, once, whatever happens in between', async () => {
    const after = rig.sandbox.recorder.mark();
    expect((await rig.say('$quote later 1s grace hopper')).content).toContain('A quote will be here');
    await rig.restart();
    expect((await rig.posted(/Humans are allergic/, after)).content).toBe(hopper);
    await expect.poll(() => rig.services.jobs.depth).toBe(0);
  });

  it('announces for those who may', async () => {
    expect((await rig.say('$quote announce mod-log', { as: 'alice' })).content).toContain('`quote announce`');
    expect((await rig.slash('quote announce', { channel: 'mod-log' })).content).toContain('✅ Posted');
  });

  it('notices when it is talked about', async () => {
    rig.sandbox.actors.say({ text: 'A line to quote!', as: 'alice' });
    const reaction = await rig.sandbox.recorder.sightings.waitFor(({ kind }) => kind === 'reaction');
    expect(reaction.emoji).toBe('📜');
  });
});
