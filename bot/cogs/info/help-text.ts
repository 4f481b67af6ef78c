import type { APIEmbed } from 'discord-api-types/v10';
import { formatDuration } from '../../framework/duration.js';
import { truncate } from '../../framework/outgoing-message.js';
import { prefixUsage, slashUsage } from '../../framework/usage.js';
import { EMBED_COLOR } from '../embed-color.js';
import { cogsOf, type HelpEntry } from './help-topic.js';

/** Marks what the person who reads it may not run here. */
export const LOCK = '🔒';

/** So many characters fit on a phone's screen or two; an embed could take 4,096. */
const PAGE_LENGTH = 2_000;
/** A line of names begins anew here, a line about one command is cut here. */
const LINE_LENGTH = 400;
/** Discord's limit for the value of an embed's field. */
const MAX_FIELD_LENGTH = 1_024;

/** A command as the reader sees it. */
export interface ShownEntry extends HelpEntry {
  readonly isLocked: boolean;
}

/** The names of all commands by cog: a heading and a line or more for each. */
export function overviewLines(entries: readonly ShownEntry[]): string[] {
  return cogsOf(entries).flatMap((cog) => {
    const names = entries.filter((entry) => entry.cog === cog).map(({ path, isLocked }) => code(path, isLocked));
    return [`**${capitalize(cog)}**`, ...joinToLines(names)];
  });
}

/** How to write each command and what it does. */
export function usageLines(prefix: string, entries: readonly ShownEntry[]): string[] {
  return entries.map(({ path, command, isLocked }) =>
    truncate(`${code(prefixUsage(prefix, path, command), isLocked)} – ${command.description}`, LINE_LENGTH),
  );
}

/** Fills pages with lines; no lines are one empty page. */
export function toPages(lines: readonly string[]): string[] {
  const pages = [''];
  for (const line of lines) {
    const page = pages.at(-1) ?? '';
    if (page !== '' && page.length + 1 + line.length > PAGE_LENGTH) pages.push(line);
    else pages[pages.length - 1] = page === '' ? line : `${page}\n${line}`;
  }
  return pages;
}

/** Everything about one command. */
export function commandEmbed(prefix: string, { path, command, isLocked }: ShownEntry): APIEmbed {
  const { options, aliases, cooldown, description } = command;
  const optionLines = Object.entries(options).map(
    ([name, option]) => `\`${name}\`${option.required ? '' : ' (optional)'} – ${option.description}`,
  );
  const fields = [
    { name: 'Usage', value: `\`${prefixUsage(prefix, path, command)}\`\n\`${slashUsage(path, command)}\`` },
    { name: 'Options', value: optionLines.join('\n') },
    { name: 'Also', value: aliases.map((alias) => `\`${alias}\``).join(', ') },
    { name: 'Pause', value: cooldown === null ? '' : `${formatDuration(cooldown.ms)} per ${cooldown.per}` },
    { name: 'Who', value: isLocked ? `${LOCK} Not you, at least not here.` : '' },
  ];
  return {
    title: path,
    description,
    fields: fields
      .filter(({ value }) => value !== '')
      .map(({ name, value }) => ({ name, value: truncate(value, MAX_FIELD_LENGTH) })),
    color: EMBED_COLOR,
  };
}

/** With a capital at the beginning: `moderation` → `Moderation`. */
export function capitalize(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function code(text: string, isLocked: boolean): string {
  return `\`${text}\`${isLocked ? LOCK : ''}`;
}

function joinToLines(words: readonly string[]): string[] {
  const lines = [''];
  for (const word of words) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && line.length + 1 + word.length > LINE_LENGTH) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}
