/**
 * The `status` (HTTP) and `code` (Discord's own) of a failed REST call. Read by shape and not by class, so that this file
 * does not load discord.js.
 *
 * @see https://discord.com/developers/docs/topics/opcodes-and-status-codes
 */
export interface DiscordFailure {
  readonly status: number | null;
  readonly code: number | null;
}

/** Both null for what is no failed REST call. */
export function describeDiscordFailure(error: unknown): DiscordFailure {
  const { status, code } = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>;
  return { status: typeof status === 'number' ? status : null, code: typeof code === 'number' ? code : null };
}

/** The message, channel or user does not exist any more: no later try can succeed. */
export function isGone(error: unknown): boolean {
  return describeDiscordFailure(error).status === 404;
}

/** Discord has decided: no. Anything but a 4xx, and a rate limit or a bad token, says nothing about what was asked for. */
export function isRefusal(error: unknown): boolean {
  const { status } = describeDiscordFailure(error);
  return status !== null && status >= 400 && status < 500 && status !== 401 && status !== 429;
}

/** 10062: the three seconds for the first answer are over. 40060: another process answered. */
export function isInteractionLost(error: unknown): boolean {
  const { code } = describeDiscordFailure(error);
  return code === 10_062 || code === 40_060;
}

/** 50001 Missing Access, 50007 Cannot send messages to this user, 50013 Missing Permissions. */
export function isForbidden(error: unknown): boolean {
  const { code, status } = describeDiscordFailure(error);
  return status === 403 || code === 50_001 || code === 50_007 || code === 50_013;
}
