import { type APIEmbed, type APIMessageTopLevelComponent, MessageFlags } from 'discord-api-types/v10';
import { z } from 'zod';
import { DiscordError, invalidField } from '../discord-error.js';
import type { MessageChange, NewMessage } from '../world/messages.js';
import type { AttachmentRecord } from '../world/records.js';
import type { World } from '../world/world.js';

const MAX_EMBED_TEXT = 6_000;

/** Flags a bot may set; the rest is ignored, as Discord does. */
const SETTABLE_FLAGS =
  MessageFlags.SuppressEmbeds |
  MessageFlags.SuppressNotifications |
  MessageFlags.Ephemeral |
  MessageFlags.IsComponentsV2;

const textUpTo = (max: number) => z.string().max(max, `Must be ${max} or fewer in length.`);

const embedSchema = z
  .looseObject({
    title: textUpTo(256).nullish(),
    description: textUpTo(4_096).nullish(),
    footer: z.looseObject({ text: textUpTo(2_048) }).nullish(),
    author: z.looseObject({ name: textUpTo(256) }).nullish(),
    fields: z
      .array(z.looseObject({ name: textUpTo(256).min(1), value: textUpTo(1_024).min(1) }))
      .max(25, 'Must be 25 or fewer in length.')
      .nullish(),
  })
  .refine((embed) => embedText(embed).length <= MAX_EMBED_TEXT, 'Embed size exceeds maximum size of 6000');

/** Rows, or with IsComponentsV2 anything else; only what the client cannot check by itself is checked. */
const componentSchema = z.looseObject({
  type: z.number().int(),
  components: z.array(z.looseObject({ type: z.number().int() })).optional(),
});

/** What `POST` and `PATCH` of messages, callbacks and follow-ups have in common. */
export const messageBodySchema = z.looseObject({
  content: textUpTo(2_000).nullish(),
  embeds: z.array(embedSchema).max(10, 'Must be 10 or fewer in length.').nullish(),
  components: z.array(componentSchema).max(40, 'Must be 40 or fewer in length.').nullish(),
  flags: z.number().int().nullish(),
  nonce: z.union([z.string().max(25), z.number()]).nullish(),
  enforce_nonce: z.boolean().nullish(),
  message_reference: z.looseObject({ message_id: z.string() }).nullish(),
  files: z.array(z.object({ name: z.string(), size: z.number() })).optional(),
});
/** See {@link messageBodySchema}. */
export type MessageBody = z.infer<typeof messageBodySchema>;

function embedText(embed: { title?: unknown; description?: unknown; fields?: unknown; footer?: unknown }): string {
  const fields = (embed.fields ?? []) as { name: string; value: string }[];
  const footer = (embed.footer as { text?: string } | null | undefined)?.text ?? '';
  return [embed.title ?? '', embed.description ?? '', footer, ...fields.flatMap((f) => [f.name, f.value])].join('');
}

/**
 * A new message from its body.
 *
 * @throws DiscordError 50006 for an empty one, 50035 for a reply to a message that is not there.
 */
export function draftOf(world: World, body: MessageBody, place: { channelId: string; authorId: string }): NewMessage {
  const draft: NewMessage = {
    ...place,
    content: body.content ?? '',
    embeds: (body.embeds ?? []) as APIEmbed[],
    components: checkedComponents(body.components ?? []),
    attachments: attachmentsOf(world, body),
    flags: (body.flags ?? 0) & SETTABLE_FLAGS,
    nonce: body.nonce ?? null,
  };
  const isEmpty = [draft.content, draft.embeds, draft.components, draft.attachments].every((part) => !part?.length);
  if (isEmpty) throw new DiscordError(400, 50006, 'Cannot send an empty message');
  const repliesTo = body.message_reference?.message_id;
  if (repliesTo === undefined) return draft;
  if (world.messages.find(place.channelId, repliesTo)) return { ...draft, repliesTo, type: 19 };
  if (body.message_reference?.fail_if_not_exists === false) return draft;
  throw invalidField(['message_reference'], 'REPLIES_UNKNOWN_MESSAGE', 'Unknown message');
}

/** What a body changes of a message: fields that are absent stay as they are, null empties them. */
export function changeOf(world: World, body: MessageBody): MessageChange {
  return {
    ...(body.content !== undefined && { content: body.content ?? '' }),
    ...(body.embeds !== undefined && { embeds: (body.embeds ?? []) as APIEmbed[] }),
    ...(body.components !== undefined && { components: checkedComponents(body.components ?? []) }),
    ...(body.files?.length && { attachments: attachmentsOf(world, body) }),
  };
}

/** @throws DiscordError 50035 for two components with one custom id. */
function checkedComponents(components: readonly unknown[]): APIMessageTopLevelComponent[] {
  const seen = new Set<unknown>();
  for (const [row, component] of components.entries()) {
    for (const [index, child] of ((component as { components?: object[] }).components ?? []).entries()) {
      const customId = (child as { custom_id?: unknown }).custom_id;
      if (customId === undefined) continue;
      if (seen.has(customId)) {
        const path = ['components', row, 'components', index, 'custom_id'];
        throw invalidField(path, 'COMPONENT_CUSTOM_ID_DUPLICATED', 'Component custom id cannot be duplicated');
      }
      seen.add(customId);
    }
  }
  return components as APIMessageTopLevelComponent[];
}

function attachmentsOf(world: World, body: MessageBody): AttachmentRecord[] {
  return (body.files ?? []).map(({ name, size }) => ({ id: world.snowflakes.next(), filename: name, size }));
}
