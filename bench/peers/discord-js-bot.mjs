// The least that answers `$roll` and `/roll` with discord.js.
import { Client, GatewayIntentBits } from 'discord.js';
import { description, roll } from './roll.mjs';

const { Guilds, GuildMessages, MessageContent } = GatewayIntentBits;
const { DISCORD_TOKEN, DISCORD_API_URL } = process.env;
const client = new Client({ intents: [Guilds, GuildMessages, MessageContent], rest: { api: DISCORD_API_URL } });
client.on('messageCreate', (message) => {
  if (!message.author.bot && message.content === '$roll') message.reply(roll());
});
client.on('interactionCreate', (interaction) => interaction.reply(roll()));
client.once('clientReady', async () => {
  await client.application.commands.set([{ name: 'roll', description }]);
  console.log('ready');
});
process.once('SIGTERM', () => client.destroy().finally(() => process.exit()));
await client.login(DISCORD_TOKEN);
