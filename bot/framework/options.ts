import type { GuildBasedChannel, Role, User } from 'discord.js';
import { type APIApplicationCommandBasicOption, ApplicationCommandOptionType } from 'discord-api-types/v10';
import type { BotServices } from './bot-services.js';
import { countDurationWords, formatDuration, parseDuration } from './duration.js';

/** What an option looks up in Discord while it reads a value. Null: there is no such thing. */
export interface OptionResolver {
  user(id: string): Promise<User | null>;
  /** The only member of the guild of the command with this name. */
  memberNamed(name: string): Promise<User | null>;
  /** Looks only in the guild of the command, so that nobody reads channels of another one. */
  channel(id: string): GuildBasedChannel | null;
  /** Of the guild of the command. */
  role(id: string): Role | null;
}

/** Who types which option where, while Discord asks for suggestions. */
export interface SuggestionQuery {
  readonly services: BotServices;
  readonly userId: string;
  /** Null in a direct message. */
  readonly guildId: string | null;
  /** What is typed so far. */
  readonly typed: string;
}

/** Values to choose from, the best first; more than 25 are cut. It has to be quick: Discord waits 3 s. */
export type Suggest = (query: SuggestionQuery) => Promise<readonly string[]> | readonly string[];

/** A value, or the sentence that says what was expected instead. */
type Parsed<V> = { readonly value: V } | { readonly expected: string };

type WithoutName<O> = O extends unknown ? Omit<O, 'name' | 'description' | 'required'> : never;
type SlashShape = WithoutName<APIApplicationCommandBasicOption>;

/** One argument of a command, for both of its forms. Made by the functions below. */
export interface Option<V = unknown, R extends boolean = boolean> {
  readonly description: string;
  readonly required: R;
  /** Takes all that is left of a prefix command, spaces, quotes and line breaks included. Only as the last option. */
  readonly rest: boolean;
  /** The part of the slash command's JSON that depends on the kind of option. */
  readonly slash: SlashShape;
  /** Reads the value from the text of a prefix command, or from a slash value written out as text. */
  parse(text: string, resolver: OptionResolver): Parsed<V> | Promise<Parsed<V>>;
  /** For values that may stretch over several words: how many of `words` belong to it. */
  countWords?(words: readonly string[]): number;
  /**
   * Whether a word can be a value at all. Where it cannot, a prefix command passes an optional option over, so that
   * `$ban @bob spam` need not say anything about the days.
   */
  fits?(word: string): boolean;
  /** Suggestions of the slash form. */
  readonly suggest?: Suggest;
}

/** The options of a command by their names, in the order in which a prefix command takes them. */
export type OptionMap = Readonly<Record<string, Option>>;

/** The arguments that `run` receives: optional options may be undefined. */
export type ArgsOf<O extends OptionMap> = {
  readonly [K in keyof O]: O[K] extends Option<infer V, infer R> ? (R extends true ? V : V | undefined) : never;
};

interface CommonSpec<R extends boolean> {
  readonly description: string;
  /** Default: false. */
  readonly required?: R;
}

type Behaviour<V> = Pick<Option<V>, 'slash' | 'parse'> &
  Partial<Pick<Option<V>, 'rest' | 'countWords' | 'fits' | 'suggest'>>;

function option<V, R extends boolean>(spec: CommonSpec<R>, behaviour: Behaviour<V>): Option<V, R> {
  return { rest: false, description: spec.description, required: (spec.required ?? false) as R, ...behaviour };
}

/** Free text. `rest` makes it the remainder of a prefix command; otherwise one word, or several in quotes. */
export function textOption<const R extends boolean = false>(
  spec: CommonSpec<R> & { readonly rest?: boolean; readonly maxLength?: number; readonly suggest?: Suggest },
): Option<string, R> {
  const maxLength = spec.maxLength ?? 1_500;
  return option<string, R>(spec, {
    rest: spec.rest ?? false,
    ...(spec.suggest && { suggest: spec.suggest }),
    slash: {
      type: ApplicationCommandOptionType.String,
      min_length: 1,
      max_length: maxLength,
      ...(spec.suggest && { autocomplete: true }),
    },
    parse: (text) => {
      if (text.trim() === '') return { expected: 'some text' };
      return text.length <= maxLength ? { value: text } : { expected: `at most ${maxLength} characters` };
    },
  });
}

/** A whole number within `min` and `max`, both included. */
export function integerOption<const R extends boolean = false>(
  spec: CommonSpec<R> & { readonly min: number; readonly max: number },
): Option<number, R> {
  const { min, max } = spec;
  const read = (text: string) => {
    const value = /^[+-]?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? value : null;
  };
  return option<number, R>(spec, {
    slash: { type: ApplicationCommandOptionType.Integer, min_value: min, max_value: max },
    fits: (word) => read(word) !== null,
    parse: (text) => {
      const value = read(text);
      return value === null ? { expected: `a whole number from ${min} to ${max}` } : { value };
    },
  });
}

const booleanWords = new Map([
  ...['yes', 'y', 'true', 'on', '1'].map((word) => [word, true] as const),
  ...['no', 'n', 'false', 'off', '0'].map((word) => [word, false] as const),
]);

/** Yes or no; in a prefix command also `on`, `off`, `true`, `false`. */
export function booleanOption<const R extends boolean = false>(spec: CommonSpec<R>): Option<boolean, R> {
  return option<boolean, R>(spec, {
    slash: { type: ApplicationCommandOptionType.Boolean },
    parse: (text) => {
      const value = booleanWords.get(text.toLowerCase());
      return value === undefined ? { expected: '`yes` or `no`' } : { value };
    },
  });
}

/** One of a few words (at most 25), in any case. */
export function choiceOption<const C extends string, const R extends boolean = false>(
  spec: CommonSpec<R> & { readonly choices: readonly C[] },
): Option<C, R> {
  const { choices } = spec;
  const find = (text: string) => choices.find((choice) => choice.toLowerCase() === text.toLowerCase());
  return option<C, R>(spec, {
    fits: (word) => find(word) !== undefined,
    slash: {
      type: ApplicationCommandOptionType.String,
      choices: choices.map((choice) => ({ name: choice, value: choice })),
    },
    parse: (text) => {
      const value = find(text);
      return value === undefined ? { expected: `one of ${choices.map((c) => `\`${c}\``).join(', ')}` } : { value };
    },
  });
}

/** A length of time in milliseconds, written `10m`, `1h30m` or `2 days`, within `minMs` and `maxMs`; 0 is also `off`. */
export function durationOption<const R extends boolean = false>(
  spec: CommonSpec<R> & { readonly minMs: number; readonly maxMs: number },
): Option<number, R> {
  const { minMs, maxMs } = spec;
  return option<number, R>(spec, {
    slash: { type: ApplicationCommandOptionType.String, min_length: 1, max_length: 100 },
    countWords: countDurationWords,
    parse: (text) => {
      const value = text.toLowerCase() === 'off' ? 0 : parseDuration(text);
      if (value === null) return { expected: 'a length of time such as `10m`, `1h30m` or `2 days`' };
      const isInRange = value >= minMs && value <= maxMs;
      return isInRange ? { value } : { expected: `${formatDuration(minMs)} to ${formatDuration(maxMs)}` };
    },
  });
}

const USER = /^(?:<@!?(\d{17,20})>|(\d{17,20}))$/;
const CHANNEL = /^(?:<#(\d{17,20})>|(\d{17,20}))$/;

/**
 * A user, by mention or id. `byName` takes the name of a member, too: only for what does no harm to the wrong one, because
 * names change, and people choose them themselves.
 */
export function userOption<const R extends boolean = false>(
  spec: CommonSpec<R> & { readonly byName?: boolean },
): Option<User, R> {
  const { byName = false } = spec;
  const expected = byName ? 'a user: a mention, an id, or the name of a member' : 'a user: a mention or an id';
  return option<User, R>(spec, {
    slash: { type: ApplicationCommandOptionType.User },
    fits: (word) => USER.test(word),
    parse: async (text, resolver) => {
      const [, mentioned, id = mentioned] = USER.exec(text) ?? [];
      const value = id === undefined ? byName && (await resolver.memberNamed(text)) : await resolver.user(id);
      return value ? { value } : { expected };
    },
  });
}

/** A channel of this server, by mention or id. */
export function channelOption<const R extends boolean = false>(spec: CommonSpec<R>): Option<GuildBasedChannel, R> {
  return option<GuildBasedChannel, R>(spec, {
    slash: { type: ApplicationCommandOptionType.Channel },
    fits: (word) => CHANNEL.test(word),
    parse: (text, resolver) => {
      const id = CHANNEL.exec(text);
      const value = id && resolver.channel(id[1] ?? id[2] ?? '');
      return value ? { value } : { expected: 'a channel of this server: a mention or an id' };
    },
  });
}

/** A role of this server, by mention or id. */
export function roleOption<const R extends boolean = false>(spec: CommonSpec<R>): Option<Role, R> {
  return option<Role, R>(spec, {
    slash: { type: ApplicationCommandOptionType.Role },
    parse: (text, resolver) => {
      const id = /^(?:<@&(\d{17,20})>|(\d{17,20}))$/.exec(text);
      const value = id && resolver.role(id[1] ?? id[2] ?? '');
      return value ? { value } : { expected: 'a role of this server: a mention or an id' };
    },
  });
}
