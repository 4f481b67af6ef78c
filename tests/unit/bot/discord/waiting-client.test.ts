import type { Client } from 'discord.js';
import { expect, it } from 'vitest';
import { createClient } from '../../../../bot/discord/client-factory.js';
import { type Connector, WaitingClient } from '../../../../bot/discord/waiting-client.js';

const connector: Connector = { buildIdentifyThrottler: () => ({ waitForIdentify: () => new Promise(() => {}) }) };

/** What is swept now and then. */
function swept({ sweepers }: Client): string[] {
  const isRunning = (timer: NodeJS.Timeout | null) => timer !== null && !Reflect.get(timer, '_destroyed');
  return Object.entries(sweepers.intervals).flatMap(([what, timer]) => (isRunning(timer) ? [what] : []));
}

it('sweeps nothing until somebody uses it, then as any client, and nothing after its end', async () => {
  const usual = createClient({ apiUrl: undefined, ...connector });
  const waiting = new WaitingClient(undefined);
  expect(swept(waiting.client)).toEqual([]);
  const client = waiting.useBy(connector);
  expect(client).toBe(waiting.client);
  expect(swept(client)).toEqual(swept(usual));
  expect(swept(usual)).toContain('messages');
  await Promise.all([client.destroy(), usual.destroy()]);
  expect(swept(client)).toEqual([]);
});
