import { createHash } from 'node:crypto';
import { levelOf, MAX_XP } from './xp-curve.js';

const MIN_XP = 15;
const MAX_MESSAGE_XP = 25;

/** After a message that earned, the next ones of the same member earn nothing for this long. */
export const XP_COOLDOWN_MS = 60_000;

/** What the database has to know about xp. */
export const XP_RULES = { cooldownMs: XP_COOLDOWN_MS, maxXp: MAX_XP, levelOf } as const;

/** The xp that a message is worth, 15 to 25: chance to people, but always the same for the same message. */
export function xpOfMessage(messageId: string): number {
  const chance = createHash('sha256').update(messageId).digest().readUInt32BE();
  return MIN_XP + (chance % (MAX_MESSAGE_XP - MIN_XP + 1));
}
