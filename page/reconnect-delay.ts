const FIRST_MS = 1_000;
const LONGEST_MS = 10_000;

/**
 * How long to wait before the supervisor is asked again.
 *
 * @param failures how often it has failed in a row, 1 at first.
 */
export function reconnectDelay(failures: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1));
}
