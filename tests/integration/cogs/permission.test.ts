import { once } from 'node:events';
import { type Client, Events, PermissionFlagsBits } from 'discord.js';
import { type APIButtonComponent, ButtonStyle, ComponentType } from 'discord-api-types/v10';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { cogEntries } from '../../../bot/cogs/index.js';
import { defineCog } from '../../../bot/framework/cog.js';
import { type CommandSpec, defineCommand, defineCommandGroup } from '../../../bot/framework/command.js';
import { componentId } from '../../../bot/framework/components.js';
import type { OutgoingMessage } from '../../../bot/framework/outgoing-message.js';
import { SANDBOX_IDS } from '../../../sandbox/index.js';
import { CogRig } from '../../support/cog-rig.js';
import { textOf } from '../../support/conversation.js';

const { guild: GUILD, roles, users } = SANDBOX_IDS;

/** A command that says that it ran. */
function command(name: string, spec: Partial<CommandSpec<Record<never, never>>> = {}) {
  return defineCommand({
    name,
    description: 'For this test.',
    run: async (ctx) => void (await ctx.reply(`ran ${ctx.path}`)),
    ...spec,
  });
}

function button(action: string): APIButtonComponent {
  const id = componentId('demo', action);
  return { type: ComponentType.Button, style: ButtonStyle.Primary, label: action, custom_id: id };
}
const panel: OutgoingMessage = {
  components: [{ type: ComponentType.ActionRow, components: [button('warn'), button('broken')] }],
};

const demoCog = defineCog({
  name: 'demo',
  commands: [
    defineCommandGroup({
      name: 'mod',
      description: 'Moderation.',
      commands: [command('ban', { rank: 4 }), command('warn', { rank: 2 })],
    }),
    defineCommandGroup({ name: 'boss', description: 'Owners.', commands: [command('stop', { ownerOnly: true })] }),
    command('purge', { rank: 2 }),
    command('hello'),
    command('panel', { run: async (ctx) => void (await ctx.reply(panel)) }),
  ],
  components: {
    warn: { command: 'mod warn', run: async (ctx) => void (await ctx.reply('ran the button')) },
    broken: { command: 'nothing like it', run: async (ctx) => void (await ctx.reply('ran for anybody')) },
  },
});

describe('permissions', () => {
  let rig: CogRig;
  let managerRole: string;

  beforeAll(async () => {
    const wanted = cogEntries.filter(({ name }) => name === 'permission');
    rig = await CogRig.create([...wanted, { name: 'demo', load: async () => demoCog }], {
      TUX_SYSADMIN_IDS: [users.bob],
    });
    const permissions = PermissionFlagsBits.ManageGuild.toString();
    managerRole = rig.sandbox.world.roles.create(GUILD, { name: 'Manager', permissions }).id;
    rig.sandbox.world.members.addRole(GUILD, users.moderator, managerRole);
  }, 60_000);
  afterAll(() => rig.dispose());
  afterEach(() => void vi.restoreAllMocks());

  const say = async (text: string, as: keyof typeof users = 'owner') => textOf(await rig.say(text, { as }));
  const changes = () => rig.bot.logger.records.filter(({ event }) => event === 'permission:changed');

  it('deny a privileged command that nobody has configured, and say what to do', async () => {
    const denial = 'Nobody here has been given `mod ban` yet. Please ask a manager of this server to run';
    for (const as of ['alice', 'moderator'] as const) expect(await say('$mod ban', as)).toContain(denial);
    expect((await rig.slash('mod ban', {}, { as: 'alice' })).content).toContain(denial);
    expect((await rig.say('$mod ban', { as: 'alice', channel: 'dm' })).content).toContain('only in a server');
    for (const as of ['owner', 'bob'] as const) expect(await say('$mod ban', as)).toBe('ran mod ban');
    expect(await say('$hello', 'alice')).toBe('ran hello');
  });

  it('are managed by those who manage the server', async () => {
    for (const line of ['$permission init', '$permissions show', '$perm command hello 0']) {
      expect(await say(line, 'alice')).toContain('you need the permission **Manage Server**');
    }
    expect((await rig.slash('permission show', {}, { as: 'alice' })).content).toContain('**Manage Server**');
    expect((await rig.say('$perm show', { channel: 'dm' })).content).toContain('only in a server');
    expect(await say('$perm show', 'moderator')).toContain('No rank has a name or a role yet.');
  });

  it('are set up once, and never in place of what is there', async () => {
    await rig.database.permissions.setRequirement(GUILD, 'purge', 6);
    rig.services.permissions.forget(GUILD);
    const first = await say('$permission init', 'moderator');
    expect(first).toContain('I named 8 ranks and set the rank of 2 commands.');
    expect(first).toContain('No role has a rank yet');
    expect((await rig.slash('permission init')).content).toContain('Everything was set up already.');
    expect(await rig.database.permissions.listRequirements(GUILD)).toMatchObject([
      { command: 'mod ban', rank: 4 },
      { command: 'mod warn', rank: 2 },
      { command: 'purge', rank: 6 },
    ]);
    expect(changes()[0]).toMatchObject({
      userId: users.moderator,
      guildId: GUILD,
      change: 'init',
      names: 8,
      commands: 2,
    });
    expect(await say('$mod warn', 'alice')).toBe('Sorry, that takes rank 2 (Junior Moderator) here, and yours is 0.');
  });

  it('give ranks to roles, but none above that of who gives it', async () => {
    const ceiling = 'Sorry, that takes rank 3, and yours is 0. Nobody can hand out more than they have';
    expect(await say(`$permission role <@&${managerRole}> 3`, 'moderator')).toContain(ceiling);
    expect(await say('$mod warn', 'moderator')).toContain('takes rank 2');
    expect(await say(`$permission role <@&${roles.Moderator}> 3`)).toBe(`✅ <@&${roles.Moderator}> gives rank 3 now.`);
    expect(await say('$mod warn', 'moderator')).toBe('ran mod warn');
    expect(await say('$mod ban', 'moderator')).toContain('takes rank 4 (Senior Moderator) here, and yours is 3');
    const given = await rig.slash('permission role', { role: 'Manager', rank: '2' }, { as: 'moderator' });
    expect(given.content).toBe(`✅ <@&${managerRole}> gives rank 2 now.`);
    expect(await say(`$permission role ${roles.Tux} 9`, 'bob')).toContain('gives rank 9');
    for (const line of [`$permission role ${roles.Tux} 1`, `$permission unrole ${roles.Tux}`]) {
      expect(await say(line, 'moderator')).toContain('that takes rank 9, and yours is 3');
    }
    expect(await say(`$permission unrole ${roles.Tux}`)).toContain('gives no rank any more');
    expect(await say(`$permission unrole ${roles.Tux}`)).toContain('has no rank');
  });

  it('say which rank a command takes, and nobody opens one that is above them', async () => {
    expect(await say('$permission command mod ban 3', 'moderator')).toContain('that takes rank 4, and yours is 3');
    expect(await say('$permission command hello 4', 'moderator')).toContain('that takes rank 4, and yours is 3');
    expect(await say('$permission command ban 3')).toBe('✅ `mod ban` takes rank 3 now.');
    expect(await say('$mod ban', 'moderator')).toBe('ran mod ban');
    expect((await rig.slash('permission command', { command: '/hello', rank: '1' })).content).toContain(
      '`hello` takes',
    );
    expect(await say('$hello', 'alice')).toContain('takes rank 1 (Trusted)');
    expect(await say('$permission uncommand hello', 'moderator')).toBe('✅ No rank is set for `hello` any more.');
    expect(await say('$hello', 'alice')).toBe('ran hello');
    expect(await say('$permission uncommand hello')).toContain('No rank is set for `hello` itself.');
    expect(await say('$permission uncommand purge', 'moderator')).toContain('that takes rank 6, and yours is 3');
    expect(await say('$permission command bna 3')).toContain('There is no command `bna`.\n💡 Did you mean `mod ban`?');
    expect(await say('$permission command mod')).toContain('Usage: `$permission command <command> <rank>`');
  });

  it('let a sub-command fall back to its group', async () => {
    expect(await say('$permission uncommand mod warn')).toContain('No rank is set');
    expect(await say('$mod warn', 'moderator')).toContain('Nobody here has been given');
    expect(await say('$permission command mod 1')).toBe('✅ `mod` takes rank 1 now.');
    expect(await say('$mod warn', 'moderator')).toBe('ran mod warn');
    expect(await say('$mod ban', 'alice')).toContain('takes rank 3');
    expect(await say('$permission init')).toContain('Everything was set up already.');
  });

  it('never give away what is for the owners of the bot', async () => {
    const refusal = '`boss stop` is for the owners of this bot and cannot be given to anybody.';
    expect(await say('$permission command boss stop 0')).toBe(refusal);
    expect(await say('$permission command boss 0', 'bob')).toBe(refusal.replace(' stop', ''));
    await rig.database.permissions.setRequirement(GUILD, 'boss stop', 0); // by hand: it changes nothing
    rig.services.permissions.forget(GUILD);
    for (const as of ['moderator', 'bob'] as const) expect(await say('$boss stop', as)).toContain('only the owners');
    expect(await say('$boss stop')).toBe('ran boss stop');
    await rig.database.permissions.removeRequirement(GUILD, 'boss stop');
    rig.services.permissions.forget(GUILD);
  });

  it('hold for a button as for the command that it stands for', async () => {
    await rig.say('$panel', { as: 'alice' });
    expect((await rig.click('warn', { as: 'alice' })).content).toContain('that takes rank 1');
    expect((await rig.click('warn', { as: 'moderator' })).content).toBe('ran the button');
    expect((await rig.click('broken', { as: 'alice' })).content).toContain('Something went wrong on my side');
    const failed = rig.bot.logger.records.findLast(({ event }) => event === 'command:failed');
    expect(failed?.err).toMatchObject({ code: 'TUX_COMPONENT_COMMAND' });
  });

  it('suggest commands to who may manage them', async () => {
    const suggested = async (as: keyof typeof users) => {
      const { id } = rig.sandbox.actors.suggest({
        command: ['permission', 'command'],
        option: 'command',
        typed: 'O',
        as,
      });
      const { data } = await rig.sandbox.recorder.sightings.waitFor((seen) => seen.interactionId === id);
      return (data as { choices: { value: string }[] }).choices.map(({ value }) => value);
    };
    const names = await suggested('moderator');
    expect(names).toEqual(expect.arrayContaining(['hello', 'mod', 'mod ban', 'mod warn', 'permission role']));
    expect(names).not.toContain('boss stop');
    expect(await suggested('alice')).toEqual([]);
  });

  it('are shown, by rank and for one member', async () => {
    expect(await say('$permission rank 8   Council  of Elders', 'moderator')).toBe(
      '✅ Rank 8 is **Council of Elders** now.',
    );
    expect((await rig.slash('permission rank', { rank: '7' })).content).toBe('✅ Rank 7 has no name now.');
    const overview = textOf(await rig.slash('permission show'));
    expect(overview).toContain(`\`3\` Moderator <@&${roles.Moderator}>\n`);
    expect(overview).toContain('`8` Council of Elders\n');
    expect(overview).not.toContain('`7`');
    expect(overview).toContain('`1` `mod`\n`3` `mod ban`\n`6` `purge`');

    const check = (user: keyof typeof users, what = '') => say(`$permission check <@${users[user]}> ${what}`);
    expect(await check('moderator')).toBe(`<@${users.moderator}> has rank 3 (Moderator).`);
    expect(await check('moderator', 'purge')).toContain('❌ `purge`: takes rank 6 (Head Administrator)');
    expect(await check('alice', 'mod')).toBe(
      `<@${users.alice}> has rank 0 (Member).\n❌ \`mod ban\`: takes rank 3 (Moderator)\n❌ \`mod warn\`: takes rank 1 (Trusted)`,
    );
    expect(await check('alice', 'hello')).toContain('✅ `hello`: takes no rank');
    expect(await check('bob', 'boss stop')).toContain(
      'above all ranks.\n❌ `boss stop`: for the owners of this bot only',
    );
    expect(await check('owner', 'boss stop')).toContain('may do everything.\n✅ `boss stop`');
    rig.sandbox.world.members.remove(GUILD, users.alice);
    expect(await check('alice')).toContain(`<@${users.alice}> is not in this server.`);
  });

  it('outlive a restart', async () => {
    await rig.restart();
    expect(await say('$mod ban', 'moderator')).toBe('ran mod ban');
    expect(await say('$purge', 'moderator')).toContain('takes rank 6 (Head Administrator)');
  });

  it('forget a role that is deleted, once, also when that is told again', async () => {
    const { id } = rig.sandbox.world.roles.create(GUILD, { name: 'Short-lived' });
    expect(await say(`$permission role ${id} 5`)).toContain('gives rank 5');
    const client: Client = rig.bot.client;
    const deleted = once(client, Events.GuildRoleDelete);
    rig.sandbox.world.roles.delete(GUILD, id);
    const [role] = await deleted;
    client.emit(Events.GuildRoleDelete, role);
    await vi.waitFor(() => expect(changes().filter(({ change }) => change === 'role-deleted')).toHaveLength(1));
    await say('$permission show'); // answered after both were dealt with
    expect(changes().filter(({ change }) => change === 'role-deleted')).toMatchObject([{ guildId: GUILD, roleId: id }]);
    expect((await rig.database.permissions.listRanks(GUILD)).map(({ roleId }) => roleId)).not.toContain(id);
  });

  it('refuse what they cannot look up, and go on with what they know', async () => {
    expect(await say('$mod ban', 'moderator')).toBe('ran mod ban');
    const failure = vi.spyOn(rig.services.database.permissions, 'listRanks').mockRejectedValue(new Error('down'));
    const write = vi.spyOn(rig.database, 'transaction').mockRejectedValue(new Error('down'));
    expect(await say(`$permission role ${managerRole} 1`)).toContain('Something went wrong on my side');
    expect(write).toHaveBeenCalledOnce();
    expect(await say('$mod ban', 'moderator')).toBe('ran mod ban');
    expect(failure).toHaveBeenCalled();
    rig.services.permissions.forget(GUILD);
    expect(await say('$mod ban', 'moderator')).toBe(
      'I cannot check permissions right now, please try again in a minute.',
    );
    expect(await say('$mod ban')).toBe('ran mod ban');
    expect(rig.bot.logger.events().filter((event) => event === 'permissions:stale')).toHaveLength(1);
  });
});
