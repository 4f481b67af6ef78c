import type { Clock } from '../../shared/clock.js';
import type { Service } from '../../shared/lifecycle/service.js';
import type { Logger } from '../../shared/logging/logger.js';
import type { Actor } from './actor.js';
import { GuildCache } from './guild-cache.js';
import { type Refusal, refuse } from './precondition.js';

/** What the permission system needs of the database. */
export interface PermissionStore {
  /** The rank (0 to 10) that each role of the guild gives. */
  listRanks(guildId: string): Promise<readonly { readonly roleId: string; readonly rank: number }[]>;
  /** The rank that each configured command takes, by its full name: `admin` or `admin restart`. */
  listRequirements(guildId: string): Promise<readonly { readonly command: string; readonly rank: number }[]>;
}

export interface PermissionSystemOptions {
  /** Read at each use: a database has its controllers only once it is connected. */
  readonly database: { readonly permissions: PermissionStore };
  /** Discord users who may do everything, everywhere. */
  readonly ownerIds: readonly string[];
  readonly clock: Clock;
  readonly log: Logger;
}

/** What a guild has configured. */
export interface GuildPermissions {
  readonly rankByRole: ReadonlyMap<string, number>;
  readonly rankByCommand: ReadonlyMap<string, number>;
}

const MAX_AGE_MS = 10 * 60_000;

/** The highest rank among the roles; 0 for somebody without a ranked role. */
function rankOf(roleIds: readonly string[], { rankByRole }: GuildPermissions): number {
  return Math.max(0, ...roleIds.map((roleId) => rankByRole.get(roleId) ?? 0));
}

/** The rank a command takes; a sub-command without its own falls back to its group. Null: not configured. */
function requiredRank(path: string, { rankByCommand }: GuildPermissions): number | null {
  return rankByCommand.get(path) ?? rankByCommand.get(path.split(' ')[0] ?? path) ?? null;
}

/**
 * Who may run what. The dispatcher asks before every command: owners of the bot and of the guild always pass, a command
 * that the guild configured takes its rank, any other has only its own preconditions.
 */
export class PermissionSystem {
  readonly #owners: ReadonlySet<string>;
  readonly #cache: GuildCache<GuildPermissions>;
  readonly #log: Logger;

  constructor({ database, ownerIds, clock, log }: PermissionSystemOptions) {
    this.#owners = new Set(ownerIds);
    this.#log = log;
    const load = async (guildId: string) => readPermissions(database.permissions, guildId);
    this.#cache = new GuildCache({ load, clock, maxAgeMs: MAX_AGE_MS });
  }

  isOwner(userId: string): boolean {
    return this.#owners.has(userId);
  }

  /** An owner of the bot, the owner of the guild, or a member with Manage Server. */
  isGuildManager(actor: Actor): boolean {
    return this.isOwner(actor.userId) || actor.isGuildOwner || actor.canManageGuild;
  }

  /** Null: nothing stands against it. Refuses when the configuration of the guild cannot be read. */
  async check(actor: Actor, path: string): Promise<Refusal | null> {
    if (actor.guildId === null || actor.isGuildOwner || this.isOwner(actor.userId)) return null;
    try {
      const permissions = await this.#cache.get(actor.guildId);
      const need = requiredRank(path, permissions);
      const have = rankOf(actor.roleIds, permissions);
      return need === null || have >= need ? null : refuse('permissions.rank', { need, have });
    } catch (err) {
      this.#log.error({ event: 'permissions:read:failed', err }, '❌ permissions could not be read, command refused');
      return refuse('permissions.unavailable');
    }
  }

  /** Forgets a guild that the bot left. */
  forget(guildId: string): void {
    this.#cache.delete(guildId);
  }

  /** Warns when nobody is configured to restart or stop the bot from Discord. */
  announce(): void {
    if (this.#owners.size > 0) {
      this.#log.info({ event: 'permissions:ready', owners: this.#owners.size }, '✅ permissions ready');
    } else {
      this.#log.warn({ event: 'permissions:no-owner' }, '⚠️ TUX_OWNER_IDS is empty: nobody can use $admin');
    }
  }
}

async function readPermissions(store: PermissionStore, guildId: string): Promise<GuildPermissions> {
  const [ranks, requirements] = await Promise.all([store.listRanks(guildId), store.listRequirements(guildId)]);
  return {
    rankByRole: new Map(ranks.map(({ roleId, rank }) => [roleId, rank])),
    rankByCommand: new Map(requirements.map(({ command, rank }) => [command, rank])),
  };
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
