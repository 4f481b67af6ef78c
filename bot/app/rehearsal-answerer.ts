import { createLogger } from '../../shared/logging/logger.js';
import type { Answerer } from '../discord/session/rehearsal.js';
import { REHEARSED_COMMAND } from '../discord/session/rehearsal-stage.js';
import type { BotServices } from '../framework/bot-services.js';
import { defineCommand } from '../framework/command.js';
import { CommandRegistry } from '../framework/command-registry.js';
import { ComponentRegistry } from '../framework/components.js';
import { Dispatcher, type DispatcherHooks } from '../framework/dispatcher.js';

/**
 * Answers what is said in a rehearsal as Tux would, by a dispatcher of its own that knows a single command. Its lines of the log go
 * nowhere, and of the services it touches nothing but what it reads.
 */
export function createRehearsalAnswerer(services: BotServices, hooks: DispatcherHooks = {}): Answerer {
  const commands = new CommandRegistry();
  commands.add(
    'rehearsal',
    defineCommand({
      name: REHEARSED_COMMAND,
      description: 'Answers.',
      run: async (ctx) => void (await ctx.reply('Pong!')),
    }),
  );
  const { secrets } = services.config;
  const log = createLogger({ level: 'info', name: 'rehearsal', destination: { write: () => {} }, secrets });
  return new Dispatcher({ services: { ...services, commands, log }, components: new ComponentRegistry(), hooks });
}
