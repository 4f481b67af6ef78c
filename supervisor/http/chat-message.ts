import { z } from 'zod';
import type { ChatMessage } from '../../shared/control/page-api.js';

/** What ids stand for, as the sandbox answers: `@alice`, `@Moderator`, `#general`. */
export type Names = Readonly<Record<string, string>>;

const EPHEMERAL = 1 << 6;
const ACTION_ROW = 1;
const BUTTON = 2;
const MENU = 3;
const BUTTON_STYLES = ['primary', 'secondary', 'success', 'danger', 'link'] as const;

const emojiSchema = z.object({ name: z.string().nullish() });
const partSchema = z.object({
  type: z.number(),
  custom_id: z.string().optional(),
  label: z.string().optional(),
  placeholder: z.string().optional(),
  style: z.number().optional(),
  disabled: z.boolean().optional(),
  emoji: emojiSchema.optional(),
  options: z.array(z.object({ label: z.string(), value: z.string() })).optional(),
});
type Part = z.infer<typeof partSchema>;

const embedSchema = z.object({
  title: z.string().nullish(),
  description: z.string().nullish(),
  color: z.number().nullish(),
  author: z.object({ name: z.string() }).nullish(),
  footer: z.object({ text: z.string() }).nullish(),
  fields: z.array(z.object({ name: z.string(), value: z.string(), inline: z.boolean().default(false) })).default([]),
});

/** A message as Discord's API gives it, as far as the page shows it. */
export const apiMessageSchema = z.object({
  id: z.string(),
  channel_id: z.string(),
  author: z.object({ username: z.string(), bot: z.boolean().default(false) }),
  content: z.string(),
  timestamp: z.string(),
  edited_timestamp: z.string().nullable(),
  flags: z.number().default(0),
  message_reference: z.object({ message_id: z.string() }).optional(),
  interaction_metadata: z.object({ user: z.object({ username: z.string() }) }).optional(),
  interaction: z.object({ name: z.string() }).optional(),
  embeds: z.array(embedSchema),
  components: z.array(z.object({ type: z.number(), components: z.array(partSchema).default([]) })).default([]),
  attachments: z.array(z.object({ filename: z.string() })),
  reactions: z.array(z.object({ count: z.number(), emoji: emojiSchema })).default([]),
});
export type ApiMessage = z.infer<typeof apiMessageSchema>;

/** Every id that a message mentions, and its channel. */
export function mentionedIds({ channel_id, content, embeds }: ApiMessage): string[] {
  const texts = [
    content,
    ...embeds.flatMap(({ description, fields }) => [description ?? '', ...fields.map((f) => f.value)]),
  ];
  return [channel_id, ...texts.flatMap((text) => [...text.matchAll(MENTION)].map(([, id = '']) => id))];
}

/** A message for the page. @param directWith for a direct conversation: the id of the person. Pure. */
export function chatMessage(message: ApiMessage, names: Names, directWith: string | null): ChatMessage {
  const { interaction, interaction_metadata: asked } = message;
  const read = (text: string) => text.replace(MENTION, (markup, id: string) => names[id] ?? markup);
  return {
    id: message.id,
    channel: directWith === null ? (names[message.channel_id] ?? message.channel_id).replace(/^#/, '') : 'dm',
    directWith: directWith === null ? null : (names[directWith] ?? directWith).replace(/^@/, ''),
    author: { name: message.author.username, isBot: message.author.bot },
    text: read(message.content),
    at: message.timestamp,
    editedAt: message.edited_timestamp,
    isPrivate: (message.flags & EPHEMERAL) !== 0,
    replyTo: message.message_reference?.message_id ?? null,
    command: interaction && asked ? { user: asked.user.username, name: interaction.name } : null,
    embeds: message.embeds.map((embed) => ({
      title: embed.title ?? null,
      description: embed.description == null ? null : read(embed.description),
      color: embed.color == null ? null : `#${embed.color.toString(16).padStart(6, '0')}`,
      author: embed.author?.name ?? null,
      footer: embed.footer?.text ?? null,
      fields: embed.fields.map((field) => ({ ...field, value: read(field.value) })),
    })),
    rows: message.components.filter(({ type }) => type === ACTION_ROW).map((row) => row.components.flatMap(rowPart)),
    files: message.attachments.map(({ filename }) => filename),
    reactions: message.reactions.map(({ count, emoji }) => ({ emoji: emoji.name ?? '', count })),
  };
}

const MENTION = /<(?:@[!&]?|#)(\d{17,20})>/g;

function rowPart(part: Part): ChatMessage['rows'][number] {
  const isDisabled = part.disabled ?? false;
  if (part.type === BUTTON) {
    const style = BUTTON_STYLES[(part.style ?? 2) - 1] ?? 'secondary';
    const label = [part.emoji?.name, part.label].filter(Boolean).join(' ');
    return [{ kind: 'button', customId: part.custom_id ?? null, label, style, isDisabled }];
  }
  if (part.type !== MENU || part.custom_id === undefined) return [];
  const { custom_id: customId, placeholder: label = '', options = [] } = part;
  return [{ kind: 'menu', customId, label, options, isDisabled }];
}
