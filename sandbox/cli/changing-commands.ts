import type { Command } from 'commander';
import type { SandboxCommandDeps } from './commands.js';
import type { ControlClient } from './control-client.js';

interface MessageOptions {
  readonly as: string;
  readonly channel: string;
  readonly message?: string;
}

/** `edit`, `delete`, `join` and `leave`: what people do that no answer need follow; `tail -f` shows what the bot makes of it. */
export function addChangingCommands(
  sandbox: Command,
  deps: SandboxCommandDeps,
  connect: () => Promise<ControlClient>,
): void {
  ofMessage(sandbox.command('edit'))
    .description('change a message of yours')
    .argument('<text>', 'what it says from now on')
    .action(async (text: string, { as, channel, message }: MessageOptions) => {
      await (await connect()).post('/edit', { as, channel, text, messageId: message });
      deps.write('✅ edited\n');
    });

  ofMessage(sandbox.command('delete'))
    .description("delete a message of yours, or with Manage Messages anybody's")
    .action(async ({ as, channel, message }: MessageOptions) => {
      await (await connect()).post('/delete', { as, channel, messageId: message });
      deps.write('✅ deleted\n');
    });

  for (const name of ['join', 'leave'] as const) {
    sandbox
      .command(name)
      .description(name === 'join' ? 'come (back) into the server' : 'leave the server')
      .option('--as <user>', 'moderator, alice, bob or an id', 'alice')
      .action(async ({ as }: { as: string }) => {
        await (await connect()).post(`/${name}`, { as });
        deps.write(name === 'join' ? `✅ ${as} joined\n` : `✅ ${as} left\n`);
      });
  }
}

function ofMessage(command: Command): Command {
  return command
    .option('--as <user>', 'owner, moderator, alice, bob or an id', 'owner')
    .option('--channel <name>', 'general, mod-log, dm or an id', 'general')
    .option('--message <id>', 'which one (default: the newest of yours)');
}
