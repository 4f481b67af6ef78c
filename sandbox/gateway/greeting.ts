import {
  type GatewayGuildCreateDispatchData,
  GatewayIntentBits,
  type GatewayReadyDispatchData,
} from 'discord-api-types/v10';
import { SANDBOX_IDS } from '../ids.js';
import { scheduledEventPayload, userPayload } from '../world/payloads.js';
import type { GuildRecord } from '../world/records.js';
import type { World } from '../world/world.js';
import type { Session } from './session.js';

/** Above this many members a guild counts as large, and only part of them comes with GUILD_CREATE. */
const DEFAULT_LARGE_THRESHOLD = 50;

/**
 * READY: who the bot is and where it is. The guilds follow one by one.
 *
 * @param flags of the application, as `GET /applications/@me` shows them.
 */
export function readyPayload(
  world: World,
  session: Session,
  resumeUrl: string,
  flags: number,
): GatewayReadyDispatchData {
  return {
    v: 10,
    user: { ...userPayload(world.user(SANDBOX_IDS.bot)), verified: true, mfa_enabled: false },
    guilds: world.guilds().map(({ id }) => ({ id, unavailable: true })),
    session_id: session.id,
    resume_gateway_url: resumeUrl,
    shard: [0, 1],
    application: { id: SANDBOX_IDS.application, flags, flags_new: String(flags) },
  };
}

/**
 * GUILD_CREATE. As at Discord, people other than the bot are listed only for a session with the presences intent, and at
 * most `largeThreshold` of them; a bot that needs the rest asks for them (op 8).
 */
export function guildCreatePayload(
  world: World,
  guild: GuildRecord,
  intents: number,
  largeThreshold = DEFAULT_LARGE_THRESHOLD,
): GatewayGuildCreateDispatchData {
  const everyone = Object.keys(guild.members);
  const others = everyone.filter((id) => id !== SANDBOX_IDS.bot).slice(0, largeThreshold);
  const listed = (intents & GatewayIntentBits.GuildPresences) !== 0 ? [SANDBOX_IDS.bot, ...others] : [SANDBOX_IDS.bot];
  return {
    ...world.guildWithChannels(guild),
    joined_at: guild.joinedAt,
    large: everyone.length > largeThreshold,
    unavailable: false,
    member_count: everyone.length,
    members: listed.map((id) => world.memberWithUser(guild, id)),
    voice_states: [],
    threads: [],
    presences: [],
    stage_instances: [],
    guild_scheduled_events: world.scheduledEvents
      .listOpen(guild.id)
      .map((event) => scheduledEventPayload(event, guild.id)),
    soundboard_sounds: [],
  } as GatewayGuildCreateDispatchData;
}
