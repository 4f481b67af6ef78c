import { PermissionFlagsBits } from 'discord-api-types/v10';
import type { ChannelRecord, GuildRecord, RoleRecord } from './records.js';

/** Every permission Discord knows. */
const ALL_PERMISSIONS = Object.values(PermissionFlagsBits).reduce((sum, bit) => sum | bit, 0n);

/** What a member who is timed out keeps. */
const TIMED_OUT_PERMISSIONS = PermissionFlagsBits.ViewChannel | PermissionFlagsBits.ReadMessageHistory;

/** The permission bits of a member, as a decimal number; `'0'` for somebody who is not a member. */
export function permissionsOf(guild: GuildRecord, userId: string, nowMs: number): string {
  if (guild.ownerId === userId) return ALL_PERMISSIONS.toString();
  const member = guild.members[userId];
  if (!member) return '0';
  let bits = 0n;
  for (const role of guild.roles) {
    if (role.id === guild.id || member.roleIds.includes(role.id)) bits |= BigInt(role.permissions);
  }
  if (bits & PermissionFlagsBits.Administrator) return ALL_PERMISSIONS.toString();
  if (isTimedOut(member.timedOutUntil, nowMs)) bits &= TIMED_OUT_PERMISSIONS;
  return bits.toString();
}

/** The permission bits of a member in a channel of the guild: those of the guild, changed by the channel's overwrites. */
export function channelPermissionsOf(
  guild: GuildRecord,
  channel: ChannelRecord,
  userId: string,
  nowMs: number,
): bigint {
  let bits = BigInt(permissionsOf(guild, userId, nowMs));
  const member = guild.members[userId];
  if (bits === ALL_PERMISSIONS || !member) return bits;
  // As Discord does it: @everyone first, then all roles together, then the member.
  for (const ids of [[guild.id], member.roleIds, [userId]]) {
    const overwrites = channel.overwrites.filter(({ id }) => ids.includes(id));
    for (const { deny } of overwrites) bits &= ~BigInt(deny);
    for (const { allow } of overwrites) bits |= BigInt(allow);
  }
  return isTimedOut(member.timedOutUntil, nowMs) ? bits & TIMED_OUT_PERMISSIONS : bits;
}

/** Whether `role` stands above `other`; of two in one position, the older one does. */
export function isRoleAbove(role: RoleRecord, other: RoleRecord): boolean {
  if (role.position !== other.position) return role.position > other.position;
  return BigInt(role.id) < BigInt(other.id);
}

/** The highest role of somebody; `@everyone` for who has none, and for who is not a member. */
export function highestRole(guild: GuildRecord, userId: string): RoleRecord | undefined {
  const ids = [guild.id, ...(guild.members[userId]?.roleIds ?? [])];
  const own = guild.roles.filter((role) => ids.includes(role.id));
  return own.reduce<RoleRecord | undefined>(
    (best, role) => (best && !isRoleAbove(role, best) ? best : role),
    undefined,
  );
}

/** Whether a member is silenced at this moment. @param timedOutUntil ISO-8601, or null. @param nowMs ms since the epoch. */
export function isTimedOut(timedOutUntil: string | null, nowMs: number): boolean {
  return timedOutUntil !== null && Date.parse(timedOutUntil) > nowMs;
}
