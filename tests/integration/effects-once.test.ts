import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, Events, type Message } from 'discord.js';
import { Client as PgClient } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { xpOfMessage } from '../../bot/cogs/levels/message-xp.js';
import { levelOf, xpForLevel } from '../../bot/cogs/levels/xp-curve.js';
import { Database } from '../../bot/database/database.js';
import { createClient } from '../../bot/discord/client-factory.js';
import { componentId } from '../../bot/framework/components.js';
import { effectKeyOf } from '../../bot/framework/effect-key.js';
import { SANDBOX_IDS, SANDBOX_TOKEN, type Sandbox, startSandbox } from '../../sandbox/index.js';
import { silentLogger } from '../../shared/logging/logger.js';
import { BotRun } from '../support/bot-run.js';
import { foldersBelow } from '../support/database-backends.js';
import { countRequests, type Life, Lives } from '../support/lives.js';
import { SharedPostgres } from '../support/shared-postgres.js';

/*
 * A worker may be killed after any of its effects, and the next one handles the same event from its beginning. For each command
 * and each of its effects: kill the worker right after it, handle the event again, and look whether all is as if nobody had
 * been killed. That covers a kill before an effect as well, which is a kill after the one before it.
 */

const { guild: GUILD, channels, roles, users } = SANDBOX_IDS;
const REGULAR = '400000000000000021';

let sandbox: Sandbox;
let client: Client;
let database: Database;
let postgres: SharedPostgres;
let pg: PgClient;
let folder: string;
let tables: string[];

/** For what others do on the way. */
const LIMIT_MS = 20_000;

beforeAll(async () => {
  [postgres, sandbox, folder] = await Promise.all([
    SharedPostgres.join(),
    startSandbox({ answerWithinMs: 3_600_000 }), // the lives have no time, see `Lives`
    mkdtemp(join(tmpdir(), 'tux-effects-')),
  ]);
  const url = await postgres.createDatabase();
  database = new Database({
    settings: { DATABASE_URL: url, DATABASE_POOL_SIZE: 5, DATABASE_TLS: 'off' },
    paths: foldersBelow(folder),
    log: silentLogger(),
  });
  await database.connect(AbortSignal.timeout(60_000));
  pg = new PgClient({ connectionString: url });
  await pg.connect();
  const { rows } = await pg.query("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1");
  tables = rows.map(({ name }) => name as string).filter((name) => name !== 'migrations');
  addRole();
  await registerCommands();
  client = createClient({
    apiUrl: sandbox.apiUrl,
    buildIdentifyThrottler: () => ({ waitForIdentify: async () => {} }),
  });
  const ready = once(client, Events.ClientReady);
  await client.login(SANDBOX_TOKEN);
  await ready;
  countRequests(client);
}, 60_000);

afterAll(async () => {
  await client.destroy();
  await pg.end();
  await database.close();
  await postgres.leave();
  await sandbox.close();
  await rm(folder, { recursive: true, force: true });
});

/** A role that levels may give: below the one of Tux. */
function addRole(): void {
  const guild = sandbox.world.guild(GUILD);
  for (const role of guild.roles) if (role.id === roles.Tux) role.position = 5;
  guild.roles.push({ id: REGULAR, name: 'Regular', permissions: '0', position: 1, color: 0 });
}

/** The sandbox takes only slash commands that it knows. */
async function registerCommands(): Promise<void> {
  const bot = new BotRun({ sandbox, database, folder });
  await bot.start();
  await bot.stop();
}

/** What a scenario is about: somebody new each time, in a database that is empty. */
interface Stage {
  readonly subject: string;
  /** Later messages and changes are looked at. */
  readonly since: string;
}

interface Scenario {
  readonly name: string;
  readonly setUp?: (stage: Stage) => Promise<unknown>;
  /** A prefix command. */
  readonly say?: (stage: Stage) => string;
  /** A slash command. */
  readonly slash?: (stage: Stage) => { readonly command: string; readonly options: Record<string, string> };
  /** A press on the button of this label. */
  readonly click?: string;
  /** By whom; default: the owner. */
  readonly as?: 'subject';
  /** Also tell the listeners of the cogs, and not only the dispatcher. */
  readonly hasListeners?: boolean;
  /** Puts back what outlasts the scenario: channels of the sandbox. */
  readonly tearDown?: () => Promise<unknown>;
}

async function newStage(): Promise<Stage> {
  // Not TRUNCATE, which makes new files for each table and index. Nothing here refers to what is not deleted, too.
  await pg.query(`SET session_replication_role = replica; ${tables.map((name) => `DELETE FROM ${name}`).join('; ')}`);
  await database.guildConfig.updateModLogChannel(GUILD, channels['mod-log']);
  const { world } = sandbox;
  const subject = world.snowflakes.next();
  world.state.users[subject] = { id: subject, name: 'subject', displayName: 'subject', isBot: false };
  world.members.join(GUILD, subject);
  return { subject, since: world.snowflakes.next() };
}

/** The event of a scenario. Each time it is asked for, it is a fresh object, as a worker gets it. */
async function eventOf(scenario: Scenario, stage: Stage) {
  const as = scenario.as === 'subject' ? stage.subject : 'owner';
  if (scenario.say) {
    const received: Message[] = [];
    const keep = (message: Message) => void received.push(message);
    client.on(Events.MessageCreate, keep);
    const { id } = sandbox.actors.say({ text: scenario.say(stage), as, channel: 'general' });
    const message = await vi.waitUntil(() => received.find((one) => one.id === id), {
      interval: 1,
      timeout: LIMIT_MS,
    });
    client.off(Events.MessageCreate, keep);
    return { id: message.id, next: async () => ({ type: 'message' as const, subject: message }) };
  }
  const packets: { t: string; d: unknown }[] = [];
  const keep = (packet: { t: string; d: unknown }) => void packets.push(packet);
  client.on(Events.Raw, keep);
  const received = once(client, Events.InteractionCreate);
  const { id } = use(scenario, stage, as);
  await received;
  client.off(Events.Raw, keep);
  const packet = packets.find(({ t }) => t === 'INTERACTION_CREATE');
  const { actions } = client as unknown as { actions: { InteractionCreate: { handle(data: unknown): void } } };
  const next = async () => {
    const again = once(client, Events.InteractionCreate);
    actions.InteractionCreate.handle(structuredClone(packet?.d));
    return { type: 'interaction' as const, subject: (await again)[0] as unknown };
  };
  return { id, next };
}

function use({ slash, click = '' }: Scenario, stage: Stage, as: string): { id: string } {
  const where = { as, channel: 'general' };
  if (!slash) return sandbox.actors.click({ button: click, ...where });
  const { command, options } = slash(stage);
  return sandbox.actors.slash({ command: command.split(' '), options, ...where });
}

/** All that there is to be seen afterwards, with names in place of what is different each time. */
async function look(stage: Stage, eventId: string, life: Life): Promise<unknown> {
  const { world } = sandbox;
  const said = Object.values(world.state.channels).flatMap(({ id }) =>
    world.messages
      .list(id, stage.since)
      .map(({ channelId, authorId, content, embeds, components, repliesTo, flags }) => ({
        channelId,
        authorId,
        content,
        embeds,
        components,
        repliesTo,
        flags,
      })),
  );
  const stored: Record<string, unknown[]> = {};
  for (const table of tables.filter((name) => name !== 'handled_effects')) {
    stored[table] = (await pg.query(`SELECT * FROM ${table} ORDER BY 1, 2`)).rows;
  }
  for (const row of (stored.levels ?? []) as { xp: number; last_event_id: string | null }[]) {
    if (row.last_event_id === eventId) row.xp -= xpOfMessage(eventId); // chance, to us
  }
  const guild = world.guild(GUILD);
  const seen = {
    said,
    stored,
    member: guild.members[stage.subject],
    ban: guild.bans[stage.subject],
    channel: world.state.channels[channels.general],
    jobs: life.bot.jobs.list().map(({ kind, payload }) => ({ kind, payload })),
    reminders: life.bot.reminders.listAll().map(({ content, userId }) => ({ content, userId })),
    views: life.bot.services.liveViews.size,
    maintenance: life.bot.services.maintenance.isOn,
    isAskedToStop: life.bot.requests.some(([what]) => what === 'shutdown'),
  };
  const known = new Set<string>([
    GUILD,
    REGULAR,
    ...Object.values({ ...channels, ...roles, ...users }),
    SANDBOX_IDS.bot,
  ]);
  const text = JSON.stringify(seen)
    .replaceAll(stage.subject, 'SUBJECT')
    .replaceAll(eventId, 'EVENT')
    .replaceAll(effectKeyOf(eventId, 0), 'KEY')
    .replaceAll(/\d{17,20}/g, (id) => (known.has(id) ? id : 'ID'))
    .replaceAll(/\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b/g, 'ULID')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)/g, 'TIME')
    .replaceAll(/<t:\d+/g, '<t:T')
    .replaceAll(/"(id|poll_id|pollId|caseId)":\d+/g, '"$1":"N"')
    .replaceAll(/v1:admin[.\w:,]+/g, 'BUTTON')
    .replaceAll(/(Poll |[.]vote:)\d+/g, '$1N')
    .replaceAll(/\b1\d{12}\b/g, 'MS');
  return JSON.parse(text);
}

/** Plays a scenario with a worker that dies after so many effects, and one after it. */
async function play(scenario: Scenario, diesAfter: number) {
  const stage = await newStage();
  const lives = await Lives.create({ sandbox, database, client });
  try {
    await scenario.setUp?.(stage);
    const event = await eventOf(scenario, stage);
    const first = await lives.begin({ diesAfter });
    await handle(scenario, first, event);
    const { effects } = first;
    const isCut = first.isDead;
    await first.end();
    const second = await lives.begin({ isReplaying: true });
    await handle(scenario, second, event);
    await second.runJobs();
    await allJobsRun(second);
    const seen = await look(stage, event.id, second);
    await second.end();
    return { seen, effects, isCut };
  } finally {
    await lives.dispose();
    await scenario.tearDown?.();
  }
}

/** All but those that are for later. */
async function allJobsRun({ bot }: Life): Promise<void> {
  const isDue = ({ notBefore }: { notBefore?: string | undefined }) =>
    notBefore === undefined || Date.parse(notBefore) - Date.now() < 60_000;
  await expect.poll(() => bot.jobs.list().filter(isDue).length, { interval: 5, timeout: LIMIT_MS }).toBe(0);
}

async function handle(scenario: Scenario, life: Life, event: Awaited<ReturnType<typeof eventOf>>): Promise<void> {
  const told = await event.next();
  await life.handle(told);
  if (scenario.hasListeners) await life.tell(Events.MessageCreate, told.subject);
}

/** A scenario in which nobody dies and nothing is told twice. */
async function playOnce(scenario: Scenario) {
  const stage = await newStage();
  const lives = await Lives.create({ sandbox, database, client });
  try {
    await scenario.setUp?.(stage);
    const event = await eventOf(scenario, stage);
    const life = await lives.begin();
    await handle(scenario, life, event);
    await life.runJobs();
    await allJobsRun(life);
    const seen = await look(stage, event.id, life);
    await life.end();
    return seen;
  } finally {
    await lives.dispose();
    await scenario.tearDown?.();
  }
}

const snippet = (name: string) =>
  database.snippets.create({ guildId: GUILD, name, content: 'be kind', authorId: users.owner });
const xp = (userId: string, amount: number, eventId = '1') =>
  database.levels.changeXp(
    { guildId: GUILD, userId, eventId, change: () => amount },
    { cooldownMs: 0, maxXp: 1e9, levelOf },
  );
const reward = () => database.levels.setReward(GUILD, 1, REGULAR);
const poll = async (question: string) => {
  const { id } = await database.polls.create({
    guildId: GUILD,
    channelId: channels.general,
    authorId: users.owner,
    question,
    answers: ['a', 'b'],
    endsAt: null,
    eventKey: question,
  });
  const message = sandbox.world.messages.create({
    channelId: channels.general,
    authorId: SANDBOX_IDS.bot,
    content: question,
  });
  await database.polls.setMessage(id, message.id);
};
const showButton = (content: string, label: string, customId: string) =>
  sandbox.world.messages.create({
    channelId: channels.general,
    authorId: SANDBOX_IDS.bot,
    content,
    components: [{ type: 1, components: [{ type: 2, style: 2, label, custom_id: customId }] }],
  });
const openChannel = async () => {
  const channel = await client.channels.fetch(channels.general, { force: true });
  if (!channel || channel.isDMBased() || !('permissionOverwrites' in channel)) return;
  await channel.permissionOverwrites.edit(GUILD, { SendMessages: null });
  const denied = () => channel.permissionOverwrites.cache.get(GUILD)?.deny.bitfield ?? 0n;
  await expect.poll(denied, { interval: 5, timeout: LIMIT_MS }).toBe(0n);
};

const scenarios: readonly Scenario[] = [
  { name: '/ban', slash: ({ subject }) => ({ command: 'ban', options: { user: subject, reason: 'spam' } }) },
  { name: '$tempban', say: ({ subject }) => `$tempban <@${subject}> 7d spam` },
  { name: '$kick', say: ({ subject }) => `$kick <@${subject}> out` },
  { name: '/warn', slash: ({ subject }) => ({ command: 'warn', options: { user: subject } }) },
  {
    name: '$unban',
    setUp: async ({ subject }) => sandbox.world.members.ban(GUILD, subject, 'earlier'),
    say: ({ subject }) => `$unban ${subject}`,
  },
  {
    name: '$purge',
    setUp: async () => {
      for (const text of ['one', 'two', 'three', 'four', 'five']) sandbox.actors.say({ text, as: 'alice' });
    },
    say: () => '$purge 2',
  },
  {
    name: '/purge',
    setUp: async () => {
      for (const text of ['one', 'two', 'three', 'four', 'five']) sandbox.actors.say({ text, as: 'alice' });
    },
    slash: () => ({ command: 'purge', options: { count: '2' } }),
  },
  { name: '$lock', say: () => '$lock', tearDown: openChannel },
  {
    name: '$cases edit',
    setUp: async ({ subject }) => {
      const made = { guildId: GUILD, userId: subject, moderatorId: users.bob, reason: 'old' };
      await database.cases.create({ ...made, type: 'note' });
    },
    say: () => '$cases edit 1 a better reason',
  },
  { name: '$modlog', say: () => '$modlog off' },
  { name: '$levels add', setUp: reward, say: ({ subject }) => `$levels add <@${subject}> 150` },
  {
    name: '/levels add',
    setUp: reward,
    slash: ({ subject }) => ({ command: 'levels add', options: { user: subject, xp: '150' } }),
  },
  { name: '$levels set', setUp: ({ subject }) => xp(subject, 30), say: ({ subject }) => `$levels set <@${subject}> 3` },
  { name: '$levels reward', say: () => `$levels reward 2 <@&${REGULAR}>` },
  { name: '$levels unreward', setUp: reward, say: () => '$levels unreward 1' },
  {
    name: 'a message that reaches a level',
    setUp: async ({ subject }) => {
      await reward();
      await xp(subject, xpForLevel(1) - 1);
    },
    say: () => 'hello there',
    as: 'subject',
    hasListeners: true,
  },
  { name: '$snippet create', say: () => '$snippet create rules be kind' },
  { name: '$snippet alias', setUp: () => snippet('rules'), say: () => '$snippet alias r rules' },
  { name: '$snippet edit', setUp: () => snippet('rules'), say: () => '$snippet edit rules be very kind' },
  { name: '$snippet delete', setUp: () => snippet('rules'), say: () => '$snippet delete rules' },
  {
    name: '/snippet delete',
    setUp: () => snippet('rules'),
    slash: () => ({ command: 'snippet delete', options: { name: 'rules' } }),
  },
  { name: '$snippet show', setUp: () => snippet('rules'), say: () => '$s rules' },
  { name: '$poll start', say: () => '$poll Lunch? pizza | pasta 10m' },
  { name: '/poll start', slash: () => ({ command: 'poll start', options: { question: 'Lunch?', answers: 'a | b' } }) },
  {
    name: '$poll close',
    setUp: async () => {
      await poll('older');
      await poll('newer');
    },
    say: () => '$poll close',
  },
  {
    name: 'a vote',
    setUp: async () => {
      await poll('Lunch?');
      const newest = await database.polls.findOpen(GUILD, channels.general);
      showButton('a poll', 'pizza', componentId('utility', 'vote', [String(newest?.id), '0']));
    },
    click: 'pizza',
  },
  {
    name: 'a press that adds a job',
    setUp: async () => showButton('a panel', 'Add job', componentId('queue', 'add', ['0'])),
    click: 'Add job',
  },
  {
    name: 'the answer to a question',
    setUp: async () => {
      const asker = BigInt(users.owner).toString(36);
      const expiry = Math.ceil(Date.now() / 1_000 + 60).toString(36);
      showButton('Shut down?', 'Shut down', componentId('admin', 'shutdown', ['yes', asker, expiry]));
    },
    click: 'Shut down',
  },
  { name: '$remind', say: () => '$remind 10m tea' },
  { name: '/remind me', slash: () => ({ command: 'remind me', options: { when: '10m', text: 'tea' } }) },
  { name: '$afk', say: () => '$afk lunch', as: 'subject', hasListeners: true },
  {
    name: 'a message of somebody who was away',
    setUp: ({ subject }) =>
      database.absences.set({ guildId: GUILD, userId: subject, reason: 'lunch', since: new Date(0) }),
    say: () => 'back again',
    as: 'subject',
    hasListeners: true,
  },
  { name: '$queue add', say: () => '$queue add 0 hello' },
  { name: '/queue add', slash: () => ({ command: 'queue add', options: { seconds: '0', text: 'hello' } }) },
  { name: '$queue panel', say: () => '$queue panel' },
  { name: '$events board', say: () => '$events board' },
  { name: '$permission init', say: () => '$permission init' },
  { name: '$permission role', say: () => `$permission role <@&${REGULAR}> 2` },
  {
    name: '$permission unrole',
    setUp: () => database.permissions.setRank(GUILD, REGULAR, 2),
    say: () => `$permission unrole <@&${REGULAR}>`,
  },
  {
    name: '$permission uncommand',
    setUp: () => database.permissions.setRequirement(GUILD, 'ban', 5),
    say: () => '$permission uncommand ban',
  },
  { name: '$prefix', say: () => '$prefix !' },
  { name: '$welcome channel', say: () => `$welcome channel <#${channels.general}>` },
  { name: '$logs activity', say: () => `$logs activity <#${channels['mod-log']}>` },
  { name: '$admin maintenance', say: () => '$admin maintenance on repairs' },
];

describe('an event whose worker is killed takes effect once', () => {
  it.each(scenarios)(
    '$name',
    async (scenario) => {
      const expected = await playOnce(scenario);
      // A press or slash command that nobody has begun with has to be answered in time: that is a case of its own.
      for (let diesAfter = scenario.say ? 1 : 0; ; diesAfter += 1) {
        const { seen, effects, isCut } = await play(scenario, diesAfter);
        expect(seen, `killed after ${effects.join(', ') || 'nothing'}`).toEqual(expected);
        if (!isCut) break;
        expect(diesAfter, effects.join(', ')).toBeLessThan(40);
      }
    },
    60_000,
  );
});

describe('an event that is handled once more', () => {
  /** Two commands, both dealt with; then the next worker is told the first one again. */
  it.each([
    [`$logs activity <#${channels.general}>`, '$logs off'],
    [`$permission role <@&${REGULAR}> 2`, `$permission role <@&${REGULAR}> 3`],
    [`$permission role <@&${REGULAR}> 2`, `$permission unrole <@&${REGULAR}>`],
    ['$snippet edit rules one', '$snippet edit rules two'],
    ['$snippet create other text', '$snippet delete other'],
    ['$levels reward 3 <@&400000000000000021>', '$levels unreward 3'],
    ['$prefix ?', '?prefix !'],
  ])('does not take back what came after it: %s, %s', async (earlier, later) => {
    const stage = await newStage();
    const lives = await Lives.create({ sandbox, database, client });
    try {
      await snippet('rules');
      const [first, second] = [
        await eventOf({ name: '', say: () => earlier }, stage),
        await eventOf({ name: '', say: () => later }, stage),
      ];
      const life = await lives.begin();
      await life.handle(await first.next());
      await life.handle(await second.next());
      const expected = await look(stage, first.id, life);
      await life.end();
      const next = await lives.begin({ isReplaying: true });
      await next.handle(await first.next());
      expect(await look(stage, first.id, next)).toEqual(expected);
      await next.end();
    } finally {
      await lives.dispose();
    }
  });

  it('restarts nothing: this run has begun since', async () => {
    const stage = await newStage();
    const lives = await Lives.create({ sandbox, database, client });
    const event = await eventOf({ name: '', say: () => '$admin restart' }, stage);
    const first = await lives.begin();
    await first.handle(await event.next());
    expect(first.bot.requests).toMatchObject([['restart', users.owner, expect.any(String)]]);
    await first.end();
    const next = await lives.begin({ isReplaying: true });
    await next.handle(await event.next());
    expect(next.bot.requests).toEqual([]);
    await next.end();
    await lives.dispose();
    const answers = sandbox.world.messages
      .list(channels.general, stage.since)
      .filter(({ repliesTo }) => repliesTo === event.id);
    expect(answers.map(({ content }) => content)).toEqual(['🔄 Restarting…']);
  });
});
