import type { Controllers } from '../database/controllers/controllers.js';
import type { BotServices } from './bot-services.js';
import type { CommandContext } from './command-context.js';
import type { Refusal } from './precondition.js';

/** What an event writes to the database, on the controllers of one transaction. @returns what is to be told, as JSON. */
export type Write<T> = (db: Controllers) => Promise<T>;

/** What {@link once} needs to know of an event; every context has it. */
export interface OnceContext {
  readonly services: Pick<BotServices, 'database'>;
  effectKey(index: number): string;
}

/**
 * What an event does to the database, once: a worker may be killed at any moment, and the next one handles the event from its
 * beginning. Then `decide` is not asked again, as it would look at what the event itself has changed, and the result of the
 * first run is given once more.
 *
 * @param decide looks at how things are, and says what to write; null: nothing, after it has told the person why.
 * @param index which of the event's effects; each needs its own.
 * @returns what was written told, as JSON gives it back; null when nothing was to be written.
 * @throws what `decide` and the write throw; then nothing is written.
 */
export async function once<T extends object | string | number | boolean>(
  ctx: OnceContext,
  decide: () => Promise<Write<T> | null>,
  index = 0,
): Promise<T | null> {
  const { database } = ctx.services;
  const key = ctx.effectKey(index);
  const earlier = await database.effects.find(key);
  if (earlier !== null) return earlier.result as T;
  const write = await decide();
  return write && database.transaction((db) => db.effects.once(key, () => write(db)));
}

/** The same for a change that nothing stands against, and of which nothing is to be told. */
export async function writeOnce(ctx: OnceContext, write: Write<unknown>, index = 0): Promise<void> {
  const key = ctx.effectKey(index);
  await ctx.services.database.transaction((db) => db.effects.once(key, async () => void (await write(db))));
}

/** For `decide`: a change of which nothing is to be told but that it was made. */
export function done(write: Write<unknown>): Write<true> {
  return async (db) => {
    await write(db);
    return true;
  };
}

/** For `decide`: says politely why not. */
export async function refused(ctx: Pick<CommandContext, 'refuse'>, refusal: Refusal): Promise<null> {
  await ctx.refuse(refusal);
  return null;
}
