import {
  type APIApplicationCommandOption,
  type APIInteractionDataResolved,
  ApplicationCommandOptionType as OptionType,
} from 'discord-api-types/v10';
import { memberPayload, rolePayload, userPayload } from '../world/payloads.js';
import type { ChannelRecord } from '../world/records.js';
import type { World } from '../world/world.js';
import { actorError } from './actor-error.js';
import { findChannel, findUser } from './places.js';

/** Where names in option values are looked up. */
export interface OptionPlace {
  readonly world: World;
  readonly channel: ChannelRecord;
  readonly userId: string;
}

/** An option as INTERACTION_CREATE carries it. */
export interface FilledOption {
  readonly name: string;
  readonly type: OptionType;
  readonly value?: string | number | boolean;
  readonly options?: readonly FilledOption[];
  /** While it is typed in. */
  readonly focused?: boolean;
}

/** Objects that option values refer to. */
export type Resolved = {
  -readonly [K in 'users' | 'members' | 'roles' | 'channels']-?: NonNullable<APIInteractionDataResolved[K]>;
};

/**
 * Fills the options of a command with texts, each turned into its option's type: users, channels and roles by name or id.
 *
 * @throws TuxError TUX_SANDBOX_ACTOR for an unknown or missing option, or a value that does not fit.
 */
export function fillOptions(
  place: OptionPlace,
  declared: readonly APIApplicationCommandOption[],
  given: Readonly<Record<string, string>>,
): { readonly options: FilledOption[]; readonly resolved: Resolved } {
  const resolved: Resolved = { users: {}, members: {}, roles: {}, channels: {} };
  const names = declared.map((option) => option.name);
  const stray = Object.keys(given).find((name) => !names.includes(name));
  if (stray !== undefined) {
    throw actorError(`There is no option '${stray}'`, names.length > 0 ? `use ${names.join(', ')}` : 'it takes none');
  }
  const missing = declared.find((option) => option.required === true && given[option.name] === undefined);
  if (missing) throw actorError(`Option '${missing.name}' is required`, `add ${missing.name}=…`);
  const options = declared.flatMap((option): FilledOption[] => {
    const text = given[option.name];
    if (text === undefined) return [];
    return [{ name: option.name, type: option.type, value: convert(place, option, text, resolved) }];
  });
  return { options, resolved };
}

function convert(
  place: OptionPlace,
  option: APIApplicationCommandOption,
  text: string,
  resolved: Resolved,
): string | number | boolean {
  switch (option.type) {
    case OptionType.String:
      return chosen(option, text);
    case OptionType.Integer:
    case OptionType.Number:
      return toNumber(option, text);
    case OptionType.Boolean:
      return toBoolean(option.name, text);
    case OptionType.User:
      return resolveUser(place, text, resolved);
    case OptionType.Channel:
      return resolveChannel(place, text, resolved);
    case OptionType.Role:
      return resolveRole(place, text, resolved);
    case OptionType.Mentionable:
      return isRole(place, text) ? resolveRole(place, text, resolved) : resolveUser(place, text, resolved);
    default:
      throw actorError(`Option '${option.name}' has a type (${option.type}) that cannot be typed as text`);
  }
}

/** A choice may be named by what people see or by its value. */
function chosen<T extends string | number>(
  option: { name: string },
  text: string,
  plain: T | string = text,
): T | string {
  const choices = (option as { choices?: readonly { name: string; value: T }[] }).choices;
  if (!choices?.length) return plain;
  const choice = choices.find(({ name, value }) => name === text || String(value) === text);
  if (!choice)
    throw actorError(`'${text}' is not a choice of '${option.name}'`, `use ${choices.map((c) => c.name).join(', ')}`);
  return choice.value;
}

function toNumber(option: APIApplicationCommandOption, text: string): number {
  const value = Number(chosen(option, text));
  const { min_value = -Infinity, max_value = Infinity } = option as { min_value?: number; max_value?: number };
  const isRight = option.type === OptionType.Integer ? Number.isInteger(value) : Number.isFinite(value);
  if (text.trim() === '' || !isRight) throw actorError(`'${text}' is not a number for '${option.name}'`);
  if (value < min_value || value > max_value) {
    throw actorError(`${value} is out of range for '${option.name}'`, `use ${min_value} to ${max_value}`);
  }
  return value;
}

function toBoolean(name: string, text: string): boolean {
  if (/^(true|yes|on|1)$/i.test(text)) return true;
  if (/^(false|no|off|0)$/i.test(text)) return false;
  throw actorError(`'${text}' is neither true nor false for '${name}'`);
}

function resolveUser({ world, channel }: OptionPlace, text: string, resolved: Resolved): string {
  const user = findUser(world, bareId(text));
  resolved.users[user.id] = userPayload(user);
  const member = channel.guildId === null ? undefined : world.guild(channel.guildId).members[user.id];
  if (member) resolved.members[user.id] = { ...memberPayload(member), permissions: '0' };
  return user.id;
}

function resolveChannel({ world, userId }: OptionPlace, text: string, resolved: Resolved): string {
  const channel = findChannel(world, bareId(text), world.user(userId));
  resolved.channels[channel.id] = {
    ...world.channelPayload(channel),
    permissions: '0',
  } as Resolved['channels'][string];
  return channel.id;
}

function roleOf({ world, channel }: OptionPlace, text: string) {
  const roles = channel.guildId === null ? [] : world.guild(channel.guildId).roles;
  const wanted = bareId(text);
  return roles.find((role) => role.id === wanted || role.name.toLowerCase() === wanted.toLowerCase());
}

function isRole(place: OptionPlace, text: string): boolean {
  return roleOf(place, text) !== undefined;
}

function resolveRole(place: OptionPlace, text: string, resolved: Resolved): string {
  const role = roleOf(place, text);
  if (!role) throw actorError(`There is no role '${text}' here`);
  resolved.roles[role.id] = rolePayload(role);
  return role.id;
}

/** `<@123>`, `<#123>`, `<@&123>` → `123`; anything else as it is. */
function bareId(text: string): string {
  return /^<(?:@[!&]?|#)(\d+)>$/.exec(text)?.[1] ?? text;
}
