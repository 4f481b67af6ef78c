import type { Option, OptionMap, OptionResolver } from './options.js';
import { splitWords, type Word } from './words.js';

/** What a user got wrong about the arguments, as one sentence. It is answered with the usage, never thrown. */
export interface ArgumentProblem {
  readonly problem: string;
}

/** The values by the names of their options, or what is wrong with what was typed. */
export type ParsedArguments = { readonly args: Readonly<Record<string, unknown>> } | ArgumentProblem;

/** Arguments by name, still as text: what both forms of a command come down to. */
export type RawArguments = ReadonlyMap<string, string>;

/**
 * Reads what follows the name of a prefix command: positional words in the order of the options, `name=value` anywhere
 * before a rest option begins.
 */
export function readPrefixArguments(line: string, options: OptionMap): { raw: RawArguments } | ArgumentProblem {
  const raw = new Map<string, string>();
  const words = splitWords(line);
  for (let index = 0; index < words.length; ) {
    const word = words[index];
    if (word === undefined) break;
    const named = findNamed(word, options);
    if (named !== null && raw.has(named.name)) return { problem: `\`${named.name}\` was given twice.` };
    const name = named?.name ?? nextOption(word, options, raw);
    const option = name === undefined ? undefined : options[name];
    if (name === undefined || option === undefined) return { problem: `I did not expect ${quote(word.text)}.` };
    if (option.rest) {
      raw.set(name, restOf(line, word, words.length - index === 1, named));
      break;
    }
    const following = named ? [word] : takeWords(option, words.slice(index, index + MAX_WORDS_PER_OPTION));
    raw.set(name, named?.value ?? following.map((part) => part.text).join(' '));
    index += following.length;
  }
  return { raw };
}

/** Turns raw arguments into the values that a command's `run` receives. */
export async function parseArguments(
  raw: RawArguments,
  options: OptionMap,
  resolver: OptionResolver,
): Promise<ParsedArguments> {
  const args: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(options)) {
    const text = raw.get(name);
    if (text === undefined) {
      if (option.required) return { problem: `\`${name}\` is missing.` };
      continue;
    }
    const parsed = await option.parse(text, resolver);
    if ('expected' in parsed) {
      return { problem: `${quote(text)} does not work for \`${name}\`: I expected ${parsed.expected}.` };
    }
    args[name] = parsed.value;
  }
  return { args };
}

/** Enough for the longest values of several words, the question and the answers of a poll; endless input is not looked at. */
const MAX_WORDS_PER_OPTION = 100;

/** The option that a positional word is for: the first free one, unless the word fits only a later one. */
function nextOption(word: Word, options: OptionMap, raw: RawArguments): string | undefined {
  const free = Object.entries(options).filter(([name]) => !raw.has(name));
  const [first] = free;
  const isForFirst = !first || first[1].required || (first[1].fits?.(word.text) ?? true);
  const later = isForFirst ? undefined : free.find(([, option]) => option.rest || option.fits?.(word.text));
  return (later ?? first)?.[0];
}

interface Named {
  readonly name: string;
  readonly value: string;
}

/** `name=value`, when `name` is an option of this command; anything else with `=` is plain text. */
function findNamed(word: Word, options: OptionMap): Named | null {
  const equals = word.isQuoted ? -1 : word.text.indexOf('=');
  if (equals <= 0) return null;
  const name = word.text.slice(0, equals).toLowerCase();
  return Object.hasOwn(options, name) ? { name, value: word.text.slice(equals + 1) } : null;
}

/** The text from `word` to the end as it was typed; a single word loses its quotes. */
function restOf(line: string, word: Word, isLastWord: boolean, named: Named | null): string {
  if (isLastWord) return named?.value ?? word.text;
  return line.slice(named ? word.start + named.name.length + 1 : word.start).trim();
}

function takeWords(option: Option, words: readonly Word[]): readonly Word[] {
  const unquoted = words.findIndex((word) => word.isQuoted);
  const candidates = unquoted === -1 ? words : words.slice(0, unquoted);
  const count = option.countWords?.(candidates.map((word) => word.text)) ?? 1;
  return words.slice(0, Math.max(1, count));
}

/** What the user typed, short and unable to break out of its code span. */
export function quote(text: string): string {
  const shown = text.length > 60 ? `${text.slice(0, 59)}…` : text;
  return `\`${shown.replaceAll('`', "'").replaceAll(/\s+/g, ' ')}\``;
}
