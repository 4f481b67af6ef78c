import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configCog } from '../../../bot/cogs/config/config-cog.js';
import { createFunCog } from '../../../bot/cogs/fun/fun-cog.js';
import { infoCog } from '../../../bot/cogs/info/info-cog.js';
import { SANDBOX_IDS } from '../../../sandbox/index.js';
import { packageVersion } from '../../../shared/package.js';
import { CogRig } from '../../support/cog-rig.js';
import { textOf } from '../../support/conversation.js';

const { channels, guild } = SANDBOX_IDS;

// Small cogs that share one rig: fun, info and config.
let rig: CogRig;
let chance = 0;

beforeAll(async () => {
  rig = await CogRig.create([
    { name: 'fun', load: async () => createFunCog(() => chance) },
    { name: 'info', load: async () => infoCog },
    { name: 'config', load: async () => configCog },
  ]);
}, 60_000);

afterAll(() => rig?.dispose());

describe('chance', () => {
  it('rolls dice', async () => {
    chance = 0.5;
    expect((await rig.say('$roll')).content).toBe('🎲 1d6: **4**');
    expect((await rig.say('$roll 2d6 + 1')).content).toBe('🎲 2d6+1: **9** (4, 4)');
    expect((await rig.slash('roll', { dice: '100d1000' })).content).toMatch(/\*\*50100\*\* \((501, ){20}…\)$/);
    expect((await rig.say('$roll 101d6')).content).toContain('I do not have such dice.');
  });

  it('answers, flips and chooses', async () => {
    chance = 0;
    expect((await rig.say('$8ball Will it rain?')).content).toBe('🎱 It is certain.');
    expect((await rig.say('$8ball')).content).toContain('`question` is missing');
    expect((await rig.say('$coinflip')).content).toBe('🪙 Heads!');
    expect((await rig.slash('choose', { choices: 'tea | coffee' })).content).toBe('🤔 I choose **tea**.');
    chance = 0.999;
    expect((await rig.say('$flip')).content).toBe('🪙 Tails!');
    expect((await rig.say('$choose tea | coffee |')).content).toBe('🤔 I choose **coffee**.');
    expect((await rig.say('$choose tea')).content).toContain('at least two things');
  });
});

describe('what Tux says of itself', () => {
  it('is its version, run and libraries', async () => {
    const text = textOf(await rig.say('$about'));
    expect(text).toContain(`Tux ${packageVersion()}`);
    expect(text).toMatch(/Up\n1 minute 1 second\nServers\n1\nBuilt with\ndiscord\.js 14\.\d+\.\d+, Node\.js \d+\./);
    expect(text).toContain('Run run-1');
  });

  it('is how long it runs', async () => {
    expect((await rig.slash('uptime')).content).toMatch(/^⏱️ Up for 1 minute 1 second, since <t:\d+:f>\.$/);
  });
});

describe('the settings of a server', () => {
  it('are shown in one place, to managers', async () => {
    expect((await rig.say('$config show', { as: 'bob' })).content).toContain('Manage Server');
    const before = textOf(await rig.say('$config show'));
    expect(before).toContain('Prefix\n`$`\nLevels\non, new ones announced\nModeration log\nnowhere\n');
    expect(before).toContain('Greeting\nthe usual one');
    await rig.database.guildConfig.updateModLogChannel(guild, channels['mod-log']);
    await rig.database.guildConfig.updateWelcomeMessage(guild, 'Hi {user}');
    const after = textOf(await rig.slash('config show'));
    expect(after).toContain(`Moderation log\n<#${channels['mod-log']}>`);
    expect(after).toContain('Greeting\nHi {user}');
  });
});
