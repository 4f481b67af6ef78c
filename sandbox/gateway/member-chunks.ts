import { z } from 'zod';
import type { World } from '../world/world.js';

/** Most members one GUILD_MEMBERS_CHUNK carries. */
const CHUNK_SIZE = 1_000;

/** Op 8: `query` is a prefix of the name, empty for everybody; `user_ids` names people instead. */
export const memberRequestSchema = z.looseObject({
  guild_id: z.string(),
  query: z.string().optional(),
  limit: z.number().int().nonnegative().optional(),
  user_ids: z.union([z.string(), z.array(z.string())]).optional(),
  nonce: z.string().optional(),
});

/** The chunks that answer op 8; always at least one, so that the client's wait ends. */
export function memberChunks(world: World, request: z.infer<typeof memberRequestSchema>): object[] {
  const guild = world.guild(request.guild_id);
  const wanted = request.user_ids === undefined ? undefined : [request.user_ids].flat();
  const prefix = (request.query ?? '').toLowerCase();
  const limit = request.limit || Number.POSITIVE_INFINITY;
  const found = wanted
    ? wanted.filter((id) => guild.members[id])
    : Object.keys(guild.members).filter((id) => world.user(id).name.startsWith(prefix));
  const ids = found.slice(0, limit);
  const count = Math.max(1, Math.ceil(ids.length / CHUNK_SIZE));
  return Array.from({ length: count }, (_, index) => ({
    guild_id: guild.id,
    members: ids.slice(index * CHUNK_SIZE, (index + 1) * CHUNK_SIZE).map((id) => world.memberWithUser(guild, id)),
    chunk_index: index,
    chunk_count: count,
    not_found: wanted?.filter((id) => !guild.members[id]) ?? [],
    ...(request.nonce !== undefined && { nonce: request.nonce }),
  }));
}
