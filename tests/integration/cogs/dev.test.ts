import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cogEntries } from '../../../bot/cogs/index.js';
import { CogRig } from '../../support/cog-rig.js';

describe('the dev cog', () => {
  let rig: CogRig;
  beforeAll(async () => {
    const wanted = ['dev', 'info', 'fun', 'utility'];
    rig = await CogRig.create(
      cogEntries.filter(({ name }) => wanted.includes(name)),
      { TUX_DEV: true, TUX_DEV_EVAL: true },
    );
  }, 60_000);
  afterAll(() => rig.dispose());

  it('is for the owners of the bot', async () => {
    for (const line of ['$dev cogs', '$dev eval 1', '$dev unload info', '$dev sync']) {
      expect((await rig.say(line, { as: 'moderator' })).content).toContain('only the owners of this bot');
    }
  });

  it('takes a cog out of use and puts it back', async () => {
    expect((await rig.say('$dev cogs')).content).toContain('✅ info: loaded');
    expect((await rig.say('$dev unload info')).content).toContain('✅ info: unloaded.');
    expect((await rig.say('$dev cogs')).content).toContain('⏏️ info: unloaded');
    expect(rig.services.commands.get('ping')).toBeUndefined();
    expect((await rig.say('$dev unload info')).content).toBe("❌ Cog 'info' is not loaded — see `dev cogs`");
    expect((await rig.slash('dev load', { cog: 'info' })).content).toContain('✅ info: loaded.');
    expect((await rig.say('$ping')).content).toContain('Pong');
    expect((await rig.say('$dev load nothing')).content).toContain("There is no cog 'nothing' — there are");
    expect((await rig.say('$dev unload dev')).content).toContain('nobody could load it again');
  });

  it('tells Discord about the commands when asked to', async () => {
    const puts = () => rig.sandbox.recorder.requests.since().filter(({ method }) => method === 'PUT').length;
    const before = puts();
    expect((await rig.say('$dev sync')).content).toBe('✅ Discord has them already.');
    expect(puts()).toBe(before);
    expect((await rig.say('$dev sync yes')).content).toBe('✅ Registered.');
    expect(puts()).toBe(before + 1);
  });

  it('runs code, without giving secrets away', async () => {
    expect((await rig.say('$dev eval 6 * 7')).content).toBe('```js\n42\n```');
    expect((await rig.say('$dev eval const n = await 5; return n + 1')).content).toBe('```js\n6\n```');
    expect((await rig.say('$dev eval ```js\nservices.commands.list().length > 2\n```')).content).toBe(
      '```js\ntrue\n```',
    );
    expect((await rig.say('$dev eval throw new Error("no luck")')).content).toBe('```js\nno luck\n```');
    expect((await rig.say('$dev eval ctx.user.client.token')).content).toBe("```js\n'[redacted]'\n```");
  });
});

describe('the dev cog without TUX_DEV', () => {
  it('is not loaded', async () => {
    const rig = await CogRig.create(cogEntries.filter(({ name }) => ['dev', 'info'].includes(name)));
    try {
      expect(rig.bot.loader.loaded).toEqual(['info']);
    } finally {
      await rig.dispose();
    }
  }, 60_000);
});
