import { PermissionFlagsBits } from 'discord-api-types/v10';
import type { GuildRecord } from './records.js';

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

export function isTimedOut(timedOutUntil: string | null, nowMs: number): boolean {
  return timedOutUntil !== null && Date.parse(timedOutUntil) > nowMs;
}
