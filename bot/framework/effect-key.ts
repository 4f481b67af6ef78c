/** Longest `nonce` that Discord accepts with a message. */
export const MAX_NONCE_LENGTH = 25;

/**
 * A key for one effect of one Discord event, the same whenever the event is handled again: sent as a message's `nonce`
 * with `enforceNonce`, Discord posts it once.
 *
 * @param eventId snowflake of the message or interaction.
 * @param index which effect of that event.
 * @param series keeps apart those who act on one event without knowing of each other: none for the command, `r` for the
 *   replies of the framework, `f` for those that follow up an interaction, `a` for notices about absent members.
 */
export function effectKeyOf(eventId: string, index: number, series: '' | 'r' | 'f' | 'a' = ''): string {
  // 64 bits are at most 13 digits in base 36, which leaves room for the series and the index.
  const key = `${BigInt(eventId).toString(36)}-${series}${index}`;
  if (key.length > MAX_NONCE_LENGTH) throw new RangeError(`effect index ${index} is too large for a nonce`);
  return key;
}
