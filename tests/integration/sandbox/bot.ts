import { once } from 'node:events';
import { Client, type ClientOptions, Events, GatewayIntentBits, Partials } from 'discord.js';
import { SANDBOX_TOKEN, type Sandbox, type SandboxOptions, startSandbox } from '../../../sandbox/index.js';

const intents = [
  GatewayIntentBits.Guilds,
  GatewayIntentBits.GuildMembers,
  GatewayIntentBits.GuildModeration,
  GatewayIntentBits.GuildMessages,
  GatewayIntentBits.GuildMessageReactions,
  GatewayIntentBits.DirectMessages,
  GatewayIntentBits.MessageContent,
];

/** An unmodified discord.js client that points at the sandbox, and logs in as often as it likes. */
export function newClient(sandbox: Sandbox, options: Partial<ClientOptions> = {}): Client {
  const client = new Client({
    intents,
    partials: [Partials.Channel],
    rest: { api: sandbox.apiUrl },
    ws: { buildIdentifyThrottler: async () => ({ waitForIdentify: async () => {} }) },
    ...options,
  });
  // Without a listener a shard's error would end the process; the tests look at what the client does next.
  client.on(Events.ShardError, () => {});
  return client;
}

/** A sandbox and a client that is ready, both gone at the end of the block. */
export async function withBot(
  run: (bot: { sandbox: Sandbox; client: Client<true> }) => Promise<void>,
  options: SandboxOptions = {},
): Promise<void> {
  await withSandbox(async (sandbox) => {
    const client = newClient(sandbox);
    try {
      const ready = once(client, Events.ClientReady);
      await client.login(SANDBOX_TOKEN);
      await ready;
      await run({ sandbox, client: client as Client<true> });
    } finally {
      await client.destroy();
    }
  }, options);
}

export async function withSandbox(
  run: (sandbox: Sandbox) => Promise<void>,
  options: SandboxOptions = {},
): Promise<void> {
  const sandbox = await startSandbox(options);
  try {
    await run(sandbox);
  } finally {
    await sandbox.close();
  }
}
