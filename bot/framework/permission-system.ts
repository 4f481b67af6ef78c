import type { Clock } from '../../shared/clock.js';
import type { Service } from '../../shared/lifecycle/service.js';
import type { Logger } from '../../shared/logging/logger.js';
import type { Actor } from './actor.js';
import { isDatabaseOutage } from './error-boundary.js';
import { type CacheCounts, GuildCache } from './guild-cache.js';
import {
  type Authority,
  type Denial,
  type GuardedCommand,
  type GuildPermissions,
  judgeByAuthority,
  judgeByRank,
  judgeInDirectMessage,
  MAX_RANK,
  rankOf,
  type Verdict,
} from './permission-policy.js';
import { type Refusal, refuse } from './precondition.js';

/** What the permission system needs of the database. */
export interface PermissionStore {
  /** The rank (0 to 10) that each role of the guild gives. */
  listRanks(guildId: string): Promise<readonly { readonly roleId: string; readonly rank: number }[]>;
  /** The rank that each configured command takes, by its full name: `admin` or `admin restart`. */
  listRequirements(guildId: string): Promise<readonly { readonly command: string; readonly rank: number }[]>;
  /** What the guild calls its ranks. */
  listRankNames(guildId: string): Promise<readonly { readonly rank: number; readonly name: string }[]>;
}

export interface PermissionSystemOptions {
  /** Read at each use: a database has its controllers only once it is connected. */
  readonly database: { readonly permissions: PermissionStore };
  /** Discord users who may do everything, everywhere. Read at each use, as the next: they may change. */
  readonly ownerIds: readonly string[];
  /** Discord users who stand above all ranks, everywhere, but may not do what only owners may. */
  readonly sysadminIds: readonly string[];
  readonly clock: Clock;
  readonly log: Logger;
}

/** Our own writes are known at once; this is for changes that somebody made in the database by hand. */
const MAX_AGE_MS = 2 * 3_600_000;
/** While the database is away, commands are not held up by a new attempt more often than this. */
const RETRY_AFTER_MS = 30_000;

/**
 * Who may run what. Every command is checked before it runs: owners of the bot, its system administrators and the owner of
 * the guild always pass; a command that the guild configured takes its rank; a privileged one that it did not configure is
 * denied; any other is for everybody.
 *
 * Ranks come from roles, so a guild that has just invited the bot has none, and somebody must be able to begin. That is
 * whoever Discord trusts with the server: its owner, and the members with Manage Server (which Administrator includes).
 * They may manage prefix and permissions, see {@link isGuildManager}. They are not above the ranks: Manage Server does not
 * give the right to ban in Discord, and must not give it by way of a bot. That is why a manager hands out no rank above
 * their own, and why the first ranks of a guild come from its owner.
 */
export class PermissionSystem {
  readonly #database: PermissionSystemOptions['database'];
  readonly #privileged: Pick<PermissionSystemOptions, 'ownerIds' | 'sysadminIds'>;
  readonly #cache: GuildCache<GuildPermissions>;
  readonly #log: Logger;
  #isServingStale = false;

  constructor(options: PermissionSystemOptions) {
    const { database, clock, log } = options;
    this.#database = database;
    this.#privileged = options;
    this.#log = log;
    this.#cache = new GuildCache({
      load: (guildId) => this.#read(guildId),
      clock,
      maxAgeMs: MAX_AGE_MS,
      stale: { retryAfterMs: RETRY_AFTER_MS, onServed: (guildId, err) => this.#noteStale(guildId, err) },
    });
  }

  /** How the lookups went since the start. */
  get cacheCounts(): CacheCounts {
    return this.#cache.counts;
  }

  isOwner(userId: string): boolean {
    return this.#privileged.ownerIds.includes(userId);
  }

  authorityOf({ userId, isGuildOwner }: Pick<Actor, 'userId' | 'isGuildOwner'>): Authority {
    if (this.isOwner(userId)) return 'bot-owner';
    if (this.#privileged.sysadminIds.includes(userId)) return 'sysadmin';
    return isGuildOwner ? 'guild-owner' : null;
  }

  /** Who may manage prefix and permissions of the guild: who stands above its ranks, and members with Manage Server. */
  isGuildManager(actor: Actor): boolean {
    return this.authorityOf(actor) !== null || actor.canManageGuild;
  }

  /** What the guild has configured. Rejects when that cannot be read and was never known. */
  describe(guildId: string): Promise<GuildPermissions> {
    return this.#cache.get(guildId);
  }

  /** The rank of a member; {@link MAX_RANK} for who stands above all ranks. Rejects as {@link describe} does. */
  async rankOf(actor: Actor): Promise<number> {
    if (this.authorityOf(actor) !== null) return MAX_RANK;
    return actor.guildId === null ? 0 : rankOf(actor.roleIds, await this.describe(actor.guildId));
  }

  /** Whether somebody may run a command, and why. Rejects as {@link describe} does. */
  async judge(actor: Actor, command: GuardedCommand): Promise<Verdict> {
    const { guildId, roleIds } = actor;
    const settled = judgeByAuthority(this.authorityOf(actor), command);
    if (settled) return settled;
    return guildId === null
      ? judgeInDirectMessage(command)
      : judgeByRank(roleIds, command, await this.describe(guildId));
  }

  /** Null: nothing stands against it. Refuses when the configuration of the guild cannot be read. */
  async check(actor: Actor, command: GuardedCommand): Promise<Refusal | null> {
    try {
      const verdict = await this.judge(actor, command);
      return verdict.allowed ? null : refusalOf(verdict, command);
    } catch (err) {
      if (isDatabaseOutage(err)) return refuse('database.unavailable');
      this.#log.error({ event: 'permissions:read:failed', err }, '❌ permissions could not be read, command refused');
      return refuse('permissions.unavailable');
    }
  }

  /**
   * Writes something about the permissions of a guild; the next check reads them anew. Rejects with the error of `write`,
   * after which nobody knows whether it took effect: then they are read anew as well, if they can be.
   */
  async change<T>(guildId: string, write: () => Promise<T>): Promise<T> {
    try {
      const result = await write();
      this.#cache.delete(guildId);
      return result;
    } catch (error) {
      this.#cache.expire(guildId);
      throw error;
    }
  }

  /** Forgets a guild that the bot left. */
  forget(guildId: string): void {
    this.#cache.delete(guildId);
  }

  /** Says who stands above all ranks, and warns when nobody can restart or stop the bot from Discord. */
  announce(): void {
    const owners = this.#privileged.ownerIds.length;
    const sysadmins = this.#privileged.sysadminIds.length;
    const who = `owners: ${owners}, system administrators: ${sysadmins}`;
    this.#log.info({ event: 'permissions:ready', owners, sysadmins }, `✅ permissions ready (${who})`);
    if (owners > 0) return;
    this.#log.warn({ event: 'permissions:no-owner' }, '⚠️ TUX_OWNER_IDS is empty: nobody can use $admin');
  }

  async #read(guildId: string): Promise<GuildPermissions> {
    const { permissions } = this.#database;
    const [ranks, requirements, names] = await Promise.all([
      permissions.listRanks(guildId),
      permissions.listRequirements(guildId),
      permissions.listRankNames(guildId),
    ]);
    this.#noteFresh();
    return {
      rankByRole: new Map(ranks.map(({ roleId, rank }) => [roleId, rank])),
      rankByCommand: new Map(requirements.map(({ command, rank }) => [command, rank])),
      nameByRank: new Map(names.map(({ rank, name }) => [rank, name])),
    };
  }

  /** Said once for each time that the database goes away, not for each command. */
  #noteStale(guildId: string, err: unknown): void {
    if (this.#isServingStale) return;
    this.#isServingStale = true;
    const fields = { event: 'permissions:stale', err, guildId };
    this.#log.warn(fields, '⚠️ permissions could not be read again, those from before go on being used');
  }

  #noteFresh(): void {
    if (!this.#isServingStale) return;
    this.#isServingStale = false;
    this.#log.info({ event: 'permissions:fresh' }, '✅ permissions can be read again');
  }
}

function refusalOf(denial: Denial, { path, command }: GuardedCommand): Refusal {
  switch (denial.rule) {
    case 'rank':
      return refuse('permissions.rank', { need: denial.need, needName: denial.needName, have: denial.have });
    case 'unconfigured':
      return refuse('permissions.unconfigured', { command: path, proposal: command.rank ?? 0 });
    case 'direct-message':
      return refuse('context.guild');
    case 'owners-only':
      return refuse('permissions.owner');
  }
}

/** The permission system as a critical part of the start, behind the database it reads from. */
export function createPermissionService(permissions: PermissionSystem): Service {
  return {
    name: 'permissions',
    dependsOn: ['database'],
    critical: true,
    initialize: async () => permissions.announce(),
    cleanup: async () => {},
  };
}
