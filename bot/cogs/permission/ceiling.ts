import type { CommandContext } from '../../framework/command-context.js';
import { type Refusal, refuse } from '../../framework/precondition.js';

/** Refuses a manager whose own rank is below `need`: nobody hands out, or opens to themselves, what is above them. */
export async function refuseBelow(need: number, { actor, services }: CommandContext): Promise<Refusal | null> {
  const have = await services.permissions.rankOf(actor);
  return have >= need ? null : refuse('permissions.ceiling', { need, have });
}
