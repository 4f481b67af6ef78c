import type { Handler } from 'hono';
import { z } from 'zod';
import { DiscordError, invalidField, unknown } from '../discord-error.js';
import { SANDBOX_IDS } from '../ids.js';
import type { CommandDefinition } from '../world/commands.js';
import { commandBodySchema } from './command-body.js';
import {
  bodyOf,
  noContent,
  param,
  type RestApp,
  type RestContext,
  type RestEnv,
  type RestParts,
} from './rest-context.js';

/** Most slash commands of one scope. */
const MAX_COMMANDS = 100;

const changeSchema = z.looseObject({}) as unknown as z.ZodType<Partial<CommandDefinition>>;

/** `/applications/:application[/guilds/:guild]/commands`. */
export function commandRoutes(app: RestApp, { world, recorder }: RestParts): void {
  const on = (method: string, suffix: string, handler: Handler<RestEnv>) => {
    app.on(method, `/applications/:application/commands${suffix}`, handler);
    app.on(method, `/applications/:application/guilds/:guild/commands${suffix}`, handler);
  };
  /** The guild whose commands are meant, null for the global ones. */
  const scopeOf = (c: RestContext): string | null => {
    if (param(c, 'application') !== SANDBOX_IDS.application) throw unknown.application();
    const guildId = c.req.param('guild');
    return guildId === undefined ? null : world.guild(guildId).id;
  };

  on('GET', '', (c) => c.json(world.commands.list(scopeOf(c)) as object[]));

  on('PUT', '', (c) => {
    recorder.counters.commandPuts += 1;
    const scope = scopeOf(c);
    refuseTooMany(c.get('body'));
    const definitions = bodyOf(c, z.array(commandBodySchema));
    refuseDuplicates(definitions);
    return c.json(world.commands.replaceAll(scope, definitions) as object[]);
  });

  on('POST', '', (c) => {
    const definition = bodyOf(c, commandBodySchema);
    const scope = scopeOf(c);
    const others = world.commands.list(scope).filter((command) => command.name !== definition.name);
    refuseTooMany([...others, definition]);
    return c.json(world.commands.upsert(scope, definition) as object, 201);
  });

  on('GET', '/:command', (c) => c.json(world.commands.get(scopeOf(c), param(c, 'command')) as object));

  on('PATCH', '/:command', (c) =>
    c.json(world.commands.edit(scopeOf(c), param(c, 'command'), bodyOf(c, changeSchema)) as object),
  );

  on('DELETE', '/:command', (c) => {
    world.commands.delete(scopeOf(c), param(c, 'command'));
    return noContent(c);
  });
}

function refuseTooMany(commands: unknown): void {
  if (Array.isArray(commands) && commands.length > MAX_COMMANDS) {
    throw new DiscordError(400, 30032, `Maximum number of application commands reached (${MAX_COMMANDS})`);
  }
}

function refuseDuplicates(definitions: readonly CommandDefinition[]): void {
  const seen = new Set<string>();
  for (const [index, { name, type }] of definitions.entries()) {
    if (seen.has(`${type} ${name}`)) {
      throw invalidField([index], 'APPLICATION_COMMANDS_DUPLICATE_NAME', 'Application command names must be unique');
    }
    seen.add(`${type} ${name}`);
  }
}
