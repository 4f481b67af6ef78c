import { z } from 'zod';

const messageSchema = z.object({ op: z.number().int(), d: z.unknown().optional() });

/** A message from the bot, before its `d` has been looked at. */
export type Incoming = z.infer<typeof messageSchema>;

/** `d` of op 2. */
export const identifySchema = z.looseObject({
  token: z.string(),
  intents: z.number().int(),
  large_threshold: z.number().int().optional(),
});

/** `d` of op 6. */
export const resumeSchema = z.looseObject({ token: z.string(), session_id: z.string(), seq: z.number().int() });

/** @returns null for what is not a gateway message. */
export function parseIncoming(text: string): Incoming | null {
  try {
    return messageSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** `d` as it may be recorded. */
export function withoutToken(d: unknown): unknown {
  return typeof d === 'object' && d !== null && 'token' in d ? { ...d, token: '[token]' } : d;
}
