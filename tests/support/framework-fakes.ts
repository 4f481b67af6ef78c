import type { Message, User } from 'discord.js';
import { pino } from 'pino';
import { nothingNoted } from '../../bot/framework/answer-note.js';
import type { BotServices } from '../../bot/framework/bot-services.js';
import { CommandRegistry } from '../../bot/framework/command-registry.js';
import { Cooldowns } from '../../bot/framework/cooldowns.js';
import { Maintenance } from '../../bot/framework/maintenance.js';
import type { PermissionStore } from '../../bot/framework/permission-system.js';
import { PermissionSystem } from '../../bot/framework/permission-system.js';
import { type GuildPrefix, PrefixManager, type PrefixStore } from '../../bot/framework/prefix-manager.js';
import type { Logger } from '../../shared/logging/logger.js';
import { FakeClock } from '../../shared/testing/fake-clock.js';

/** The owner of the bot, as in the sandbox. */
export const OWNER_ID = '500000000000000001';
const ALICE_ID = '500000000000000003';
const GUILD_ID = '200000000000000001';
const BOT_ID = '100000000000000001';

/** The id of an event that was made at `atMs`. */
export function snowflakeAt(atMs: number, sequence = 0): string {
  return (((BigInt(atMs) - 1_420_070_400_000n) << 22n) + BigInt(sequence)).toString();
}

/** One line of the log. */
export interface LogRecord {
  readonly event?: string;
  readonly msg: string;
  readonly level: number;
  readonly [field: string]: unknown;
}

/** A real logger whose lines can be looked at. */
export function recordingLogger(): { log: Logger; records: LogRecord[]; events(): (string | undefined)[] } {
  const records: LogRecord[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => void records.push(JSON.parse(line)) });
  return { log, records, events: () => records.map(({ event }) => event) };
}

/** A guild configuration in memory. Set `failure` to make every call fail. */
export class FakeGuildConfig implements PrefixStore {
  readonly prefixes = new Map<string, string | null>();
  readonly changes = new Map<string, Omit<GuildPrefix, 'prefix'>>();
  failure: Error | null = null;
  reads = 0;

  async getById(guildId: string) {
    this.reads += 1;
    if (this.failure) throw this.failure;
    const prefix = this.prefixes.get(guildId);
    return prefix === undefined ? null : this.#row(guildId, prefix);
  }

  async listPrefixes(limit: number) {
    if (this.failure) throw this.failure;
    const own = [...this.prefixes].flatMap(([guildId, prefix]) =>
      prefix === null ? [] : [{ guildId, ...this.#row(guildId, prefix) }],
    );
    return own.slice(0, limit);
  }

  async updatePrefix(guildId: string, prefix: string | null, eventId: string): Promise<GuildPrefix> {
    if (this.failure) throw this.failure;
    this.changes.set(guildId, { previousPrefix: this.prefixes.get(guildId) ?? null, prefixEventId: eventId });
    this.prefixes.set(guildId, prefix);
    return this.#row(guildId, prefix);
  }

  #row(guildId: string, prefix: string | null): GuildPrefix {
    const { previousPrefix = null, prefixEventId = null } = this.changes.get(guildId) ?? {};
    return { prefix, previousPrefix, prefixEventId };
  }
}

/** A guild that has configured nothing. */
export const emptyPermissionStore: PermissionStore = {
  listRanks: async () => [],
  listRequirements: async () => [],
  listRankNames: async () => [],
};

/** Services for tests of the framework: real where that needs no I/O. What a test does not give is missing on purpose. */
export function fakeServices(overrides: Partial<BotServices> = {}) {
  const clock = new FakeClock();
  const logger = recordingLogger();
  const guildConfig = new FakeGuildConfig();
  const database = { ping: async () => 3, guildConfig, permissions: emptyPermissionStore };
  const common = { clock, log: logger.log, database };
  const services = {
    ...common,
    commands: new CommandRegistry(),
    // Never opened nor saved here: a FakeClock stands still.
    cooldowns: new Cooldowns({ ...common, path: 'cooldowns.json', runId: 'run' }),
    maintenance: new Maintenance({ ...common, path: 'maintenance.json', runId: 'run', isForced: () => false }),
    prefixes: new PrefixManager({ ...common, defaultPrefix: '$' }),
    permissions: new PermissionSystem({ ...common, ownerIds: [OWNER_ID], sysadminIds: [] }),
    gateway: { isReplaying: false, isBegun: false, isLeftToNext: false, answerNote: nothingNoted },
    ...overrides,
  } as unknown as BotServices;
  return { services, clock, logger, guildConfig };
}

/** Who says what where; Alice in a guild by default. */
export interface FakeMessageOptions {
  readonly content: string;
  readonly clock: FakeClock;
  readonly userId?: string;
  readonly isBot?: boolean;
  readonly webhookId?: string;
  readonly isDirect?: boolean;
  readonly guildOwnerId?: string;
  readonly canManageGuild?: boolean;
  readonly roleIds?: readonly string[];
}

/** What was given to discord.js to send. */
export interface SentReply {
  readonly content?: string;
  readonly embeds?: readonly { title?: string; description?: string }[];
  readonly nonce?: string;
  readonly enforceNonce?: boolean;
  readonly failIfNotExists?: boolean;
  readonly allowedMentions?: unknown;
}

let sequence = 0;

/** As much of a discord.js message as the dispatcher looks at; what is replied ends up in `replies`. */
export function fakeMessage(options: FakeMessageOptions): {
  message: Message;
  replies: SentReply[];
  typings: number[];
} {
  const { content, clock, userId = ALICE_ID, isDirect = false } = options;
  sequence += 1;
  const replies: SentReply[] = [];
  const typings: number[] = [];
  const client = { user: { id: BOT_ID }, users: { fetch: async (id: string) => ({ id }) as User } };
  const message = {
    id: snowflakeAt(clock.now(), sequence),
    content,
    author: { id: userId, bot: options.isBot ?? false, username: 'somebody', client },
    webhookId: options.webhookId ?? null,
    system: false,
    client,
    guildId: isDirect ? null : GUILD_ID,
    guild: isDirect ? null : { id: GUILD_ID, ownerId: options.guildOwnerId ?? '1', channels: { cache: new Map() } },
    member: isDirect
      ? null
      : {
          roles: { cache: new Map((options.roleIds ?? []).map((id) => [id, {}])) },
          permissions: { has: () => options.canManageGuild ?? false },
        },
    channelId: '300000000000000001',
    channel: { isSendable: () => true, sendTyping: async () => void typings.push(clock.monotonic()) },
    reply: async (reply: SentReply) => {
      replies.push(reply);
      return { id: snowflakeAt(clock.now(), 100_000 + replies.length), channelId: '300000000000000001' };
    },
  };
  return { message: message as unknown as Message, replies, typings };
}
