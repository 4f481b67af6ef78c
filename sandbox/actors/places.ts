import { SANDBOX_IDS } from '../ids.js';
import { isTimedOut } from '../world/permissions.js';
import type { ChannelRecord, UserRecord } from '../world/records.js';
import type { World } from '../world/world.js';
import { actorError } from './actor-error.js';

/** Name of the direct conversation with the bot. */
const DIRECT = 'dm';

/** A person, by name or id. */
export function findUser(world: World, nameOrId: string): UserRecord {
  const wanted = nameOrId.replace(/^@/, '').toLowerCase();
  const users = Object.values(world.state.users);
  const user = world.state.users[nameOrId] ?? users.find(({ name }) => name === wanted);
  if (!user) throw actorError(`There is no user '${nameOrId}'`, `use ${names(SANDBOX_IDS.users)} or an id`);
  return user;
}

/** A channel of the sandbox's guild by name, any channel by id, or `dm`. */
export function findChannel(world: World, nameOrId: string, user: UserRecord): ChannelRecord {
  if (nameOrId === DIRECT) return world.directChannel(user.id);
  const wanted = nameOrId.replace(/^#/, '');
  const byName = world.channelsOf(SANDBOX_IDS.guild).find(({ name }) => name === wanted);
  const channel = byName ?? world.state.channels[nameOrId];
  if (!channel) {
    throw actorError(`There is no channel '${nameOrId}'`, `use ${names(SANDBOX_IDS.channels)}, ${DIRECT} or an id`);
  }
  return channel;
}

/**
 * Makes sure that the person may act in the channel. Who was kicked, or whose ban was lifted, joins again first, as a
 * person with an invitation would.
 */
export function enter(world: World, user: UserRecord, channel: ChannelRecord): void {
  if (channel.guildId === null) return;
  const guild = world.guild(channel.guildId);
  if (user.id in guild.bans) throw actorError(`${user.name} is banned from ${guild.name}`);
  const member = guild.members[user.id];
  if (!member) world.members.join(guild.id, user.id);
  else if (isTimedOut(member.timedOutUntil, world.clock.now())) {
    throw actorError(`${user.name} is timed out until ${member.timedOutUntil}`);
  }
}

function names(ids: Readonly<Record<string, string>>): string {
  return Object.keys(ids).join(', ');
}
