import { ApplicationCommandOptionType, ApplicationCommandType } from 'discord-api-types/v10';
import { z } from 'zod';
import type { CommandDefinition } from '../world/commands.js';

const SUBCOMMAND = ApplicationCommandOptionType.Subcommand;
const GROUP = ApplicationCommandOptionType.SubcommandGroup;

/** Names of slash commands and options: lower case where the script has a case. */
const name = z
  .string()
  .regex(/^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$/u, 'String value did not match validation regex.')
  .refine((value) => value === value.toLowerCase(), 'Command name must be lowercase.');
const description = z
  .string()
  .min(1, 'Must be between 1 and 100 in length.')
  .max(100, 'Must be between 1 and 100 in length.');

const choice = z.looseObject({ name: z.string().min(1).max(100), value: z.union([z.string().max(100), z.number()]) });

const option = z
  .looseObject({
    type: z.number().int().min(1).max(11),
    name,
    description,
    required: z.boolean().optional(),
    choices: z.array(choice).max(25, 'Must be 25 or fewer in length.').optional(),
    get options() {
      return options.optional();
    },
  })
  .refine(
    ({ type, options: nested }) => !nested?.length || type === SUBCOMMAND || type === GROUP,
    'This option cannot have options.',
  );

const options: z.ZodType<{ name: string; type: number; required?: boolean | undefined }[]> = z
  .array(z.lazy(() => option))
  .max(25, 'Must be 25 or fewer in length.')
  .refine((list) => new Set(list.map((each) => each.name)).size === list.length, 'Option name must be unique.')
  .refine(
    (list) => list.every((each, index) => each.required !== true || index === 0 || list[index - 1]?.required === true),
    'Required options must be placed before non-required options.',
  )
  .refine(
    (list) => new Set(list.map(({ type }) => type === SUBCOMMAND || type === GROUP)).size <= 1,
    'Sub-commands cannot be mixed with other options.',
  );

const shared = {
  default_member_permissions: z.string().nullish(),
  nsfw: z.boolean().optional(),
};

/** A command as `POST` and `PUT` take it. User and message commands have free names and no description. */
export const commandBodySchema = z.union([
  z.looseObject({
    ...shared,
    type: z.literal(ApplicationCommandType.ChatInput).default(ApplicationCommandType.ChatInput),
    name,
    description,
    options: options.optional(),
  }),
  z.looseObject({
    ...shared,
    type: z.union([z.literal(ApplicationCommandType.User), z.literal(ApplicationCommandType.Message)]),
    name: z.string().min(1).max(32),
    description: z.literal('').default(''),
  }),
]) as unknown as z.ZodType<CommandDefinition>;
