// The same with Sapphire, as its guide has it; the command is handed over instead of being found in a folder.
import { ApplicationCommandRegistries, Command, RegisterBehavior, SapphireClient } from '@sapphire/framework';
import { GatewayIntentBits } from 'discord.js';
import { description, roll } from './roll.mjs';

const { Guilds, GuildMessages, MessageContent } = GatewayIntentBits;
const { DISCORD_TOKEN, DISCORD_API_URL } = process.env;

class RollCommand extends Command {
  constructor(context, options) {
    super(context, { ...options, description });
  }

  registerApplicationCommands(registry) {
    registry.registerChatInputCommand({ name: this.name, description });
  }

  messageRun(message) {
    return message.reply(roll());
  }

  chatInputRun(interaction) {
    return interaction.reply(roll());
  }
}

ApplicationCommandRegistries.setDefaultBehaviorWhenNotIdentical(RegisterBehavior.BulkOverwrite);
const client = new SapphireClient({
  intents: [Guilds, GuildMessages, MessageContent],
  defaultPrefix: '$',
  loadMessageCommandListeners: true,
  baseUserDirectory: null,
  rest: { api: DISCORD_API_URL },
});
await client.stores.loadPiece({ store: 'commands', name: 'roll', piece: RollCommand });
client.once('applicationCommandRegistriesRegistered', () => console.log('ready'));
process.once('SIGTERM', () => client.destroy().finally(() => process.exit()));
await client.login(DISCORD_TOKEN);
