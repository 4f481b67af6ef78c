import { TuxError } from '../../shared/errors.js';
import type { ComponentContext } from './component-context.js';
import type { Precondition } from './precondition.js';

/** Longest custom id that Discord accepts. */
const MAX_CUSTOM_ID_LENGTH = 100;
const VERSION = 'v1';
const NAME = /^[a-z0-9_-]+$/;
const CUSTOM_ID = /^v1:([a-z0-9_-]+)\.([a-z0-9_-]+):(.*)$/s;

/** What a custom id says. Everything a button needs is in it, so it works in any later run of the bot. */
export interface ComponentAddress {
  readonly cog: string;
  readonly action: string;
  readonly args: readonly string[];
}

/** Handles the clicks on one kind of button, or the picks from one kind of menu. */
export interface ComponentHandler {
  readonly preconditions?: readonly Precondition[];
  /** Full name of the command that the button stands for: who may not run that may not press it either. */
  readonly command?: string;
  run(ctx: ComponentContext, args: readonly string[]): Promise<void>;
}

/**
 * `v1:<cog>.<action>:<args>`, arguments separated by commas and percent-encoded; one empty argument is none.
 *
 * @throws TuxError TUX_COMPONENT_ID when it gets longer than 100 characters.
 */
export function componentId(cog: string, action: string, args: readonly string[] = []): string {
  const id = `${VERSION}:${cog}.${action}:${args.map(encodeURIComponent).join(',')}`;
  if (id.length <= MAX_CUSTOM_ID_LENGTH && NAME.test(cog) && NAME.test(action)) return id;
  throw new TuxError(
    'TUX_COMPONENT_ID',
    `'${id}' is no custom id (${id.length} of ${MAX_CUSTOM_ID_LENGTH} characters)`,
    {
      hint: 'use lower-case names, and keep long data in the database with only its key in the custom id',
    },
  );
}

/** @returns null for an id of another version or another program. */
export function parseComponentId(customId: string): ComponentAddress | null {
  const [, cog, action, args] = CUSTOM_ID.exec(customId) ?? [];
  if (cog === undefined || action === undefined || args === undefined) return null;
  try {
    return { cog, action, args: args === '' ? [] : args.split(',').map(decodeURIComponent) };
  } catch {
    return null; // a stray percent sign: not ours
  }
}

/** The handlers of the loaded cogs. */
export class ComponentRegistry {
  readonly #handlers = new Map<string, Map<string, ComponentHandler>>();

  addCog(cog: string, handlers: Readonly<Record<string, ComponentHandler>>): void {
    this.#handlers.set(cog, new Map(Object.entries(handlers)));
  }

  removeCog(cog: string): void {
    this.#handlers.delete(cog);
  }

  find({ cog, action }: ComponentAddress): ComponentHandler | undefined {
    return this.#handlers.get(cog)?.get(action);
  }
}
