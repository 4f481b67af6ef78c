import { SANDBOX_IDS } from '../ids.js';
import { everyoneRole, newMember, textChannel } from './seed.js';
import type { World } from './world.js';

/**
 * Adds guilds for load tests, each with one channel `general`, the bot and `members` generated people. The bot learns of
 * them with its next IDENTIFY.
 *
 * @returns the new guilds' ids.
 */
export function addGuilds(world: World, count: number, { members = 0 }: { readonly members?: number } = {}): string[] {
  const ids = Array.from({ length: count }, () => world.snowflakes.next());
  for (const [index, id] of ids.entries()) {
    const people = Array.from({ length: members }, (_, n) => addPerson(world, `${index}-${n}`));
    addGuild(world, { id, name: `Guild ${index}`, people });
  }
  world.changed();
  return ids;
}

function addGuild(world: World, { id, name, people }: { id: string; name: string; people: readonly string[] }): void {
  const now = world.nowIso();
  const ownerId = people[0] ?? SANDBOX_IDS.users.owner;
  const memberIds = [...new Set([SANDBOX_IDS.bot, ownerId, ...people])];
  world.state.guilds[id] = {
    id,
    name,
    ownerId,
    joinedAt: now,
    roles: [everyoneRole(id)],
    members: Object.fromEntries(memberIds.map((userId) => [userId, newMember(userId, now)])),
    bans: {},
    emojis: [],
    scheduledEvents: [],
  };
  const channelId = world.snowflakes.next();
  world.state.channels[channelId] = textChannel(channelId, id, 'general');
}

function addPerson(world: World, suffix: string): string {
  const id = world.snowflakes.next();
  world.state.users[id] = { id, name: `person-${suffix}`, displayName: `Person ${suffix}`, isBot: false };
  return id;
}
