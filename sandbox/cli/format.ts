import { type APIEmbed, type APIMessage, MessageFlags } from 'discord-api-types/v10';
import type { Sighting } from '../world/world-events.js';
import { type Names, readable } from './readable.js';

/** A component of any kind, as far as it has something to read. */
interface ReadableComponent {
  readonly label?: string;
  readonly placeholder?: string;
  readonly custom_id?: string;
  readonly content?: string;
  readonly components?: readonly ReadableComponent[];
  readonly accessory?: ReadableComponent;
}

/** What somebody sees, as plain text that ends in a newline. */
export function formatSighting(sighting: Sighting, names: Names): string {
  const { kind, message, emoji } = sighting;
  if (kind === 'reaction')
    return `(reacted with ${emoji} to: ${readable(message?.content ?? '', names, new Date())})\n`;
  if (kind === 'modal') return `(opened a form) ${JSON.stringify(sighting.data)}\n`;
  if (kind === 'autocomplete') return formatChoices(sighting.data);
  if (kind === 'deferred') return `${message?.author.username ?? 'Tux'} is thinking…\n`;
  if (!message) return '';
  if (kind === 'delete') return `(deleted: ${readable(message.content, names, new Date())})\n`;
  return formatMessage(message, names, kind === 'edit');
}

/** Author, text, embeds, and buttons as `[Label]`. */
export function formatMessage(message: APIMessage, names: Names, isEdited = message.edited_timestamp !== null): string {
  const isEphemeral = ((message.flags ?? 0) & MessageFlags.Ephemeral) !== 0;
  const marks = [isEphemeral && 'only you can see this', isEdited && 'edited'].filter((mark) => mark !== false);
  const head = `${message.author.username}:${marks.map((mark) => ` (${mark})`).join('')}`;
  const lines = [
    ...(message.content === '' ? [] : message.content.split('\n')),
    ...message.embeds.flatMap(embedLines),
    ...message.attachments.map((file) => `📎 ${file.filename} (${file.size} bytes)`),
    ...((message.components ?? []) as readonly ReadableComponent[]).flatMap(componentLines),
  ];
  const now = new Date();
  return `${[head, ...lines.map((line) => `  ${readable(line, names, now)}`)].join('\n')}\n`;
}

/** The same for programs: one line of JSON. */
export function sightingJson({ kind, channelId, message, emoji, interactionId, data }: Sighting): string {
  return `${JSON.stringify({
    kind,
    id: message?.id,
    channelId,
    author: message?.author.username,
    content: message?.content,
    embeds: message?.embeds,
    components: message?.components,
    ephemeral: ((message?.flags ?? 0) & MessageFlags.Ephemeral) !== 0,
    repliesTo: message?.message_reference?.message_id,
    interactionId,
    emoji,
    data,
  })}\n`;
}

function formatChoices(data: unknown): string {
  const { choices } = data as { choices: readonly { name: string; value: string | number }[] };
  if (choices.length === 0) return '(no suggestions)\n';
  const lines = choices.map(({ name, value }) => (name === String(value) ? name : `${name} = ${value}`));
  return `Suggestions:\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

function embedLines(embed: APIEmbed): string[] {
  const text = [
    embed.author?.name,
    embed.title,
    embed.description,
    ...(embed.fields ?? []).map(({ name, value }) => `${name}:${value.includes('\n') ? '\n' : ' '}${value}`),
    embed.footer?.text,
  ];
  return text.filter((part) => part !== undefined).flatMap((part) => part.split('\n').map((line) => `│ ${line}`));
}

function componentLines(component: ReadableComponent): string[] {
  const parts = [...(component.components ?? []), ...(component.accessory ? [component.accessory] : [])];
  const buttons = parts.flatMap((part) => part.label ?? part.placeholder ?? []).map((label) => `[${label}]`);
  const nested = parts.filter((part) => part.components || part.content !== undefined).flatMap(componentLines);
  const text = component.content?.split('\n') ?? [];
  return [...text, ...nested, ...(buttons.length > 0 ? [buttons.join(' ')] : [])];
}
