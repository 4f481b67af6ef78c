import { isoTime } from '../../../../shared/iso-time.js';

/** A part of a payload as Discord's API has it. `undefined` stands for a field that the payload leaves out. */
export type Shape = Record<string, unknown>;

/** Discord's form of a time that discord.js keeps in milliseconds; null when there is none. */
export function isoTimeOrNull(timestamp: number | null | undefined): string | null {
  return Number.isFinite(timestamp) ? isoTime(timestamp as number) : null;
}

const texts = new Map<bigint, string>();
/** Servers have few different sets of permissions: each is written out once. */
const MAX_TEXTS = 10_000;

/** Permissions as Discord writes them: a decimal number in a string. */
export function permissionsText(bits: bigint): string {
  let text = texts.get(bits);
  if (text === undefined) {
    text = bits.toString();
    if (texts.size < MAX_TEXTS) texts.set(bits, text);
  }
  return text;
}
