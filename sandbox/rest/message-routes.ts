import { PermissionFlagsBits } from 'discord-api-types/v10';
import { z } from 'zod';
import { DiscordError } from '../discord-error.js';
import { SANDBOX_IDS } from '../ids.js';
import { compareSnowflakes, snowflakeTimestamp } from '../snowflake.js';
import { messagePayload } from '../world/message-payload.js';
import { isEphemeral, isOwn } from '../world/messages.js';
import type { MessageRecord } from '../world/records.js';
import { requireChannelPermission, requireReachable } from './authority.js';
import { changeOf, draftOf, messageBodySchema } from './message-body.js';
import { bodyOf, noContent, param, type RestApp, type RestContext, type RestParts } from './rest-context.js';

const BULK_DELETE_MAX_AGE_MS = 14 * 24 * 60 * 60_000;
const bulkDeleteSchema = z.object({ messages: z.array(z.string()).min(2).max(100) });

/** `/channels/:channel/messages` and what hangs on a message. */
export function messageRoutes(app: RestApp, { world }: RestParts): void {
  /** Messages a bot can fetch by id: ephemeral ones are not among them. */
  const fetchable = (c: RestContext): MessageRecord => {
    const message = world.messages.get(param(c, 'channel'), param(c, 'message'));
    if (isEphemeral(message)) throw new DiscordError(404, 10008, 'Unknown Message');
    return message;
  };

  app.post('/channels/:channel/messages', (c) => {
    const channel = world.channel(param(c, 'channel'));
    const channelId = channel.id;
    requireChannelPermission(world, channel, PermissionFlagsBits.SendMessages);
    if (channel.recipientId !== null) requireReachable(world, channel.recipientId);
    const body = bodyOf(c, messageBodySchema);
    const authorId = SANDBOX_IDS.bot;
    const isRepeatable = body.enforce_nonce === true && body.nonce !== undefined && body.nonce !== null;
    const earlier = isRepeatable ? world.messages.findByNonce(channelId, authorId, body.nonce ?? '') : undefined;
    const message = earlier ?? world.messages.create(draftOf(world, body, { channelId, authorId }));
    return c.json(messagePayload(world, message) as object);
  });

  app.get('/channels/:channel/messages', (c) => {
    const { before, after, around, limit } = c.req.query();
    requireChannelPermission(world, world.channel(param(c, 'channel')), PermissionFlagsBits.ReadMessageHistory);
    const visible = world.messages.list(param(c, 'channel')).filter((message) => !isEphemeral(message));
    const page = pageOf(visible, { before, after, around, limit: Math.min(100, Number(limit ?? 50)) });
    return c.json(page.map((message) => messagePayload(world, message) as object));
  });

  app.get('/channels/:channel/messages/:message', (c) => c.json(messagePayload(world, fetchable(c)) as object));

  app.patch('/channels/:channel/messages/:message', (c) => {
    const message = fetchable(c);
    if (!isOwn(message)) throw new DiscordError(403, 50005, 'Cannot edit a message authored by another user');
    world.messages.edit(message, changeOf(world, bodyOf(c, messageBodySchema)));
    return c.json(messagePayload(world, message) as object);
  });

  app.delete('/channels/:channel/messages/:message', (c) => {
    const message = fetchable(c);
    const channel = world.channel(message.channelId);
    if (!isOwn(message)) requireChannelPermission(world, channel, PermissionFlagsBits.ManageMessages);
    world.messages.delete(message);
    return noContent(c);
  });

  app.post('/channels/:channel/messages/bulk-delete', (c) => {
    const { messages: ids } = bodyOf(c, bulkDeleteSchema);
    const channel = world.channel(param(c, 'channel'));
    requireChannelPermission(world, channel, PermissionFlagsBits.ManageMessages);
    const oldest = world.clock.now() - BULK_DELETE_MAX_AGE_MS;
    if (ids.some((id) => snowflakeTimestamp(id) < oldest)) {
      throw new DiscordError(400, 50034, 'You can only bulk delete messages that are under 14 days old.');
    }
    world.messages.bulkDelete(channel.id, ids);
    return noContent(c);
  });
}

interface Page {
  readonly before?: string | undefined;
  readonly after?: string | undefined;
  readonly around?: string | undefined;
  readonly limit: number;
}

/** Newest first, as Discord lists; `messages` come oldest first. */
function pageOf(messages: readonly MessageRecord[], { before, after, around, limit }: Page): MessageRecord[] {
  if (around !== undefined) {
    const middle = messages.findIndex((message) => compareSnowflakes(message.id, around) >= 0);
    const start = Math.max(0, (middle < 0 ? messages.length : middle) - Math.floor(limit / 2));
    return messages.slice(start, start + limit).reverse();
  }
  if (after !== undefined) {
    return messages
      .filter((message) => compareSnowflakes(message.id, after) > 0)
      .slice(0, limit)
      .reverse();
  }
  const older = before === undefined ? messages : messages.filter((m) => compareSnowflakes(m.id, before) < 0);
  return older.slice(-limit).reverse();
}
