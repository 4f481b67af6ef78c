import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SANDBOX_IDS } from '../../sandbox/index.js';
import { Conversation } from '../support/conversation.js';
import { SharedPostgres } from '../support/shared-postgres.js';
import { type Program, TuxRig } from '../support/tux-rig.js';

const { users, roles, guild, channels } = SANDBOX_IDS;

/** The people who are not in the sandbox from the start: two more moderators, three more members. */
const guests = {
  mona: { id: '510000000000000001', roleIds: [roles.Moderator] },
  mike: { id: '510000000000000002', roleIds: [roles.Moderator] },
  carol: { id: '510000000000000003', roleIds: [] },
  dave: { id: '510000000000000004', roleIds: [] },
  eve: { id: '510000000000000005', roleIds: [] },
} as const;

type Step = (evening: Evening) => Promise<unknown>;

/** One guild, one bot, one database, and the people who use them. */
class Evening extends Conversation {
  readonly supervisor: Program;
  readonly rig: TuxRig;

  private constructor(rig: TuxRig, supervisor: Program) {
    super(rig.sandbox);
    this.rig = rig;
    this.supervisor = supervisor;
  }

  static async begin(databaseUrl: string): Promise<Evening> {
    const rig = await TuxRig.create({ DATABASE_URL: databaseUrl });
    for (const [name, { id, roleIds }] of Object.entries(guests)) {
      rig.sandbox.world.state.users[id] = { id, name, displayName: name, isBot: false };
      rig.sandbox.world.members.join(guild, id);
      for (const roleId of roleIds) rig.sandbox.world.members.addRole(guild, id, roleId);
    }
    const supervisor = await rig.startReady();
    await supervisor.log.waitFor('commands:registered');
    return new Evening(rig, supervisor);
  }
}

const say =
  (as: string, text: string): Step =>
  (evening) =>
    evening.say(text, { as });
const slash =
  (as: string, path: string, options: Record<string, string> = {}): Step =>
  (evening) =>
    evening.slash(path, options, { as });
const click =
  (as: string, button: string): Step =>
  (evening) =>
    evening.click(button, { as });

/** Three moderators and five members; all cogs, by prefix and slash. */
const script: readonly Step[] = [
  say('owner', '$permission init'),
  slash('owner', 'permission role', { role: roles.Moderator, rank: '4' }),
  slash('owner', 'modlog', { channel: 'mod-log' }),
  slash('owner', 'logs activity', { channel: 'mod-log' }),
  slash('owner', 'welcome channel', { channel: 'general' }),
  say('owner', '$welcome message Hello {user}, welcome to {server}!'),
  slash('owner', 'levels reward', { level: '3', role: roles.Moderator }),
  slash('mona', 'snippet create', { name: 'rules', text: 'Be kind.' }),
  say('alice', '$s rules'),
  say('moderator', `$warn ${users.bob} caps`),
  slash('mike', 'warn', { user: guests.dave.id, reason: 'links' }),
  say('alice', '$remind 1h green tea'),
  slash('carol', 'remind me', { when: '2 h', text: 'black tea' }),
  async ({ sandbox }) => sandbox.organizer.create({ name: 'Tea time', startsInMs: 3_600_000 }),
  slash('mona', 'events board'),
  say('bob', '$roll 2d6'),
  slash('mike', 'purge', { count: '2', user: users.bob }),
  say('eve', `$warn ${users.bob} nonsense`),
  say('mona', '$poll start "Which tea?" "green | black"'),
  click('alice', 'green'),
  click('bob', 'black'),
  slash('moderator', 'timeout', { member: guests.dave.id, duration: '10m', reason: 'more links' }),
  say('mike', `$tempban ${guests.eve.id} 1h spam`),
  say('alice', '$afk making tea'),
  say('mona', '$cases edit 1 shouting'),
  slash('owner', 'levels set', { user: users.alice, level: '3' }),
  slash('mona', 'slowmode', { pause: '5s', channel: 'mod-log' }),
  say('moderator', `$lock <#${channels['mod-log']}> late`),
  click('carol', 'green'),
  click('carol', 'Remind me: Tea time'),
  click('bob', 'green'),
  slash('mona', 'snippet alias', { name: 'r', target: 'rules' }),
  say('bob', '$s r'),
  say('mike', `$kick ${users.bob} enough`),
  slash('moderator', 'ban', { user: guests.dave.id, reason: 'and again' }),
  slash('moderator', 'unban', { user: guests.dave.id }),
  slash('moderator', 'unlock', { channel: 'mod-log' }),
  say('carol', '$about'),
  slash('owner', 'prefix', { new: '!' }),
  say('mona', '!cases list'),
  say('alice', '!leaderboard'),
  say('carol', '!remind 3h oolong'),
  slash('owner', 'admin status'),
];

/** What stays of an evening: the database without what a clock or a snowflake decides, and what people would see. */
async function whatStays(evening: Evening, databaseUrl: string): Promise<object> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  const rows = async (query: string) => (await client.query(query)).rows as unknown[];
  try {
    const { members, bans } = evening.sandbox.world.guild(guild);
    const contentsOf = async (path: string) => {
      const { records } = await evening.rig.readState(path);
      return (records as { content: string }[]).map(({ content }) => content.replaceAll(/\d{10,}/g, '…')).sort();
    };
    return {
      cases: await rows(`SELECT number, type, status, user_id, moderator_id, reason, expires_at IS NOT NULL AS ends,
        log_message_id IS NOT NULL AS logged FROM cases ORDER BY number`),
      config:
        await rows(`SELECT prefix, mod_log_channel_id, activity_log_channel_id, welcome_channel_id, welcome_message,
        case_counter FROM guild_config`),
      rewards: await rows('SELECT level, role_id FROM level_roles'),
      ranks: await rows('SELECT role_id, rank FROM permission_ranks ORDER BY 1'),
      requirements: await rows('SELECT command, rank FROM permission_commands ORDER BY 1'),
      snippets: await rows('SELECT name, content, alias_of, author_id, uses FROM snippets ORDER BY name'),
      polls: await rows('SELECT question, answers, closed_at FROM polls'),
      votes: await rows('SELECT user_id, answer FROM poll_votes ORDER BY 1'),
      absences: await rows('SELECT user_id, reason FROM absences ORDER BY 1'),
      levels: await rows(`SELECT user_id, level FROM levels WHERE user_id = '${users.alice}'`),
      reminders: await contentsOf(evening.rig.paths.reminders),
      scheduledDms: await contentsOf(evening.rig.paths.scheduledDms),
      bans: Object.keys(bans).sort(),
      members: Object.values(members)
        .map(({ userId, roleIds }) => [userId, ...roleIds].join(' '))
        .sort(),
      channels: evening.sandbox.world.channelsOf(guild).map(({ name, slowmodeSeconds, overwrites }) => ({
        name,
        slowmodeSeconds,
        overwrites,
      })),
      timedOut: Object.values(members).flatMap(({ userId, timedOutUntil }) => (timedOutUntil ? [userId] : [])),
    };
  } finally {
    await client.end();
  }
}

describe('an evening in one guild', () => {
  let postgres: SharedPostgres;
  const evenings: Evening[] = [];

  beforeAll(async () => {
    postgres = await SharedPostgres.join();
  });
  afterAll(async () => {
    for (const evening of evenings) await evening.rig.dispose();
    await postgres.leave();
  });

  /** @param interruptions by the number of the step they come after. */
  async function spend(interruptions: Readonly<Record<number, Step>>): Promise<object> {
    const databaseUrl = await postgres.createDatabase();
    const evening = await Evening.begin(databaseUrl);
    evenings.push(evening);
    for (const [index, step] of script.entries()) {
      await step(evening);
      await interruptions[index + 1]?.(evening);
    }
    evening.supervisor.kill('SIGTERM');
    await evening.supervisor.ended; // reminders are in their file only now
    return whatStays(evening, databaseUrl);
  }

  const untilReadyAgain = async (evening: Evening, act: () => unknown) => {
    const from = evening.supervisor.log.lines.length;
    await act();
    await evening.supervisor.ready(from);
  };
  const restart: Step = (evening) => untilReadyAgain(evening, () => evening.say('$admin restart'));
  const kill: Step = (evening) => untilReadyAgain(evening, () => process.kill(evening.supervisor.workerPid, 'SIGKILL'));
  const restartByCommand: Step = (evening) => untilReadyAgain(evening, () => evening.rig.supervisorCommand('restart'));

  it('ends the same with two restarts and a kill -9 in it as without', async () => {
    const [calm, stormy] = await Promise.all([spend({}), spend({ 13: restart, 21: kill, 29: restartByCommand })]);
    expect(stormy).toEqual(calm);
    expect(calm).toMatchObject({
      cases: expect.arrayContaining([
        expect.objectContaining({ number: 1, type: 'warn', user_id: users.bob, reason: 'shouting', logged: true }),
        expect.objectContaining({ type: 'tempban', user_id: guests.eve.id, status: 'open', ends: true }),
      ]),
      votes: [
        { user_id: users.alice, answer: 0 },
        { user_id: users.bob, answer: 0 },
        { user_id: guests.carol.id, answer: 0 },
      ],
      reminders: ['black tea', 'green tea', 'oolong'],
      scheduledDms: [expect.stringContaining('Tea time')],
      bans: [guests.eve.id],
    });
  });
});
