import { readFile } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { socketPath } from '../../shared/paths.js';
import { SharedPostgres } from '../support/shared-postgres.js';
import { TuxRig } from '../support/tux-rig.js';

/** One supervised Tux for the whole file, reporting to a Sentry of ours. */
let postgres: SharedPostgres;
let rig: TuxRig;
let sentry: Server;
const envelopes: string[] = [];

beforeAll(async () => {
  sentry = createServer(async (incoming, response) => {
    let body = '';
    for await (const chunk of incoming) body += String(chunk);
    envelopes.push(body);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((resolve) => sentry.listen(0, '127.0.0.1', resolve));
  const { port } = sentry.address() as AddressInfo;
  postgres = await SharedPostgres.join();
  rig = await TuxRig.create({
    DATABASE_URL: await postgres.createDatabase(),
    SENTRY_DSN: `http://key@127.0.0.1:${port}/1`,
    SENTRY_TRACES_SAMPLE_RATE: '1',
  });
}, 60_000);
afterAll(async () => {
  await rig.dispose();
  await postgres.leave();
  sentry.closeAllConnections();
  await new Promise((resolve) => sentry.close(resolve));
});

/** What curl would get from control.sock. */
function fetchMetrics(): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = socketPath(rig.paths.stateDir, 'control.sock');
    const call = request({ socketPath: socket, path: '/metrics' }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.once('end', () => resolve(text));
    });
    call.once('error', reject).end();
  });
}

/** The transactions that Sentry was sent, by name. */
function transactions(): Map<string, { tags: object; contexts: object; spans: { description: string }[] }> {
  const lines = envelopes.flatMap((envelope) => envelope.split('\n')).filter((line) => line !== '');
  const items = lines.map((line) => JSON.parse(line));
  return new Map(
    items.filter(({ type, spans }) => type === 'transaction' && spans).map((one) => [one.transaction, one]),
  );
}

const commands = ['status', 'ping', 'ws-status'];

describe('looking into a running Tux', () => {
  it('is not possible when none runs, and says so', async () => {
    for (const command of commands) {
      const { code, output } = await rig.tuxCommand(command);
      expect(code, command).toBe(69);
      expect(output).toMatch(/^❌ No tux-supervisor is running .* start it with tux-supervisor start/);
    }
  });

  it('shows what it is busy with, and how fast everything answers', async () => {
    await rig.startReady();
    await rig.ask('$ping');
    const status = await rig.tuxCommand('status', '--json');
    expect(status.code, status.output).toBe(0);
    const { ok, bot } = JSON.parse(status.output);
    expect(ok).toBe(true);
    expect(bot).toMatchObject({
      state: 'RUNNING',
      degraded: false,
      database: { problem: null },
      gateway: { status: 'ready', guilds: 1, shards: [{ id: 0, status: 'ready' }] },
    });
    expect(bot.caches.prefix.hits + bot.caches.prefix.misses).toBeGreaterThan(0);
    expect(bot.tasks.map(({ name }: { name: string }) => name)).toContain('log-health');
    for (const command of commands) {
      const { code, output } = await rig.tuxCommand(command);
      expect(code, output).toBe(0);
      expect(output).toMatch(/ready, 1 guild/);
    }
  });

  it('gives metrics of both processes, and of the supervisor alone while the worker hangs', async () => {
    const text = await fetchMetrics();
    expect(text).toMatch(/^tux_worker_up 1$/m);
    expect(text).toMatch(/^worker_startups_total 1$/m);
    expect(text).toMatch(/^worker_state\{state="RUNNING"\} 1$/m);
    expect(text).toMatch(/^tux_commands_total\{command="ping",result="ok"\} 1$/m);
    expect(text).toMatch(/^database_queries_total\{operation="select",result="ok"\} [1-9]/m);
    expect(text).toMatch(/^messages_processed_total [1-9]/m);
    const { pid } = (await rig.status()).worker ?? { pid: 0 };
    process.kill(pid, 'SIGSTOP');
    try {
      const partial = await fetchMetrics();
      expect(partial).toMatch(/^tux_worker_up 0$/m);
      expect(partial).toMatch(/^tux_identify_remaining 999$/m);
      expect(partial).not.toMatch(/^worker_state/m);
      expect((await rig.tuxCommand('ping')).code).toBe(69);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  });

  it('leaves lines in the log that the documents search for', async () => {
    const log = await readFile(rig.paths.log, 'utf8');
    for (const pattern of [
      /(setup|Setup|orchestrator)/,
      /✅ Database setup completed/,
      /✅ Permissions setup completed/,
    ])
      expect(log).toMatch(pattern);
    for (const sign of ['🔧', '✅']) expect(log).toContain(sign);
    expect(log).toMatch(/permission/i);
    expect(log).toMatch(/✅ .+ is online in 1 guild after/);
  });

  it('told Sentry of its start, its commands, and its end', async () => {
    await rig.supervisorCommand('stop');
    const sent = transactions();
    const setup = sent.get('bot.setup');
    expect(setup?.tags).toMatchObject({ 'database.setup': 'success', 'bot.setup_complete': 'true' });
    expect(setup?.contexts).toMatchObject({ bot_stats: { guild_count: 1, channel_count: expect.any(Number) } });
    expect(setup?.spans.map(({ description }) => description)).toEqual(
      expect.arrayContaining(['bot.setup_database', 'bot.setup_permissions', 'bot.setup_cogs', 'bot.setup_gateway']),
    );
    expect(sent.get('command.ping')?.tags).toMatchObject({ 'command.success': 'true' });
    expect(sent.get('bot.shutdown')?.tags).toMatchObject({ 'shutdown.reason': 'supervisor' });
    expect(sent.get('bot.shutdown')?.spans.map(({ description }) => description)).toContain('bot.shutdown_drain');
    expect(envelopes.join('')).not.toContain(rig.env.DISCORD_TOKEN);
  });
});
