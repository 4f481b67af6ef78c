import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createErrorReporter, type ErrorReporter } from '../../../bot/telemetry/error-reporter.js';
import type { TraceRecord } from '../../../bot/telemetry/trace.js';
import { TuxError } from '../../../shared/errors.js';
import { silentLogger } from '../../../shared/logging/logger.js';

const SECRET = 'correct-horse-battery-staple';
/** Put together, because Sentry sends the lines of the source around an error as well. */
const PLAIN = ['x1y2', 'z3'].join('');
const TOKEN = `${'M'.repeat(24)}.${'a'.repeat(6)}.${'b'.repeat(30)}`;

let server: Server;
/** What Sentry was sent, envelope by envelope. */
let received: string[];
/** Answers nothing, and so keeps the flush waiting. */
let isSilent: boolean;

beforeEach(async () => {
  received = [];
  isSilent = false;
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    received.push(body);
    if (!isSilent) response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const dsn = () => `http://key@127.0.0.1:${(server.address() as AddressInfo).port}/1`;

function reporter(to: string | undefined, tracesSampleRate = 0): Promise<ErrorReporter> {
  return createErrorReporter({
    dsn: to,
    tracesSampleRate,
    release: '1.2.3',
    secrets: [SECRET],
    log: silentLogger(),
  });
}

/** The events among what was sent. */
function events(): Record<string, unknown>[] {
  const lines = received.flatMap((envelope) => envelope.split('\n')).filter((line) => line !== '');
  const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return parsed.filter((line) => 'event_id' in line && 'platform' in line);
}

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second));
const trace: TraceRecord = {
  name: 'bot.setup',
  op: 'setup',
  startedAt: at(0),
  endedAt: at(9),
  isOk: true,
  tags: { 'bot.setup_complete': 'true' },
  parts: [
    {
      name: 'bot.setup_database',
      startedAt: at(1),
      endedAt: at(3),
      isOk: false,
      tags: { 'database.setup': 'failed', note: `with ${SECRET}` },
    },
  ],
};

describe('reporting errors to Sentry', () => {
  it('sends an error with its tags, its kind, and the figures of the moment', async () => {
    const errors = await reporter(dsn());
    let guilds = 1;
    errors.attach('bot_stats', () => ({ guild_count: guilds }));
    guilds = 2;
    errors.capture(new TuxError('TUX_DB_SLOW', 'too slow'), { 'command.name': 'ping' });
    await errors.flush(5_000);
    expect(events()).toMatchObject([
      {
        tags: { 'command.name': 'ping', 'error.type': 'TUX_DB_SLOW' },
        contexts: { bot_stats: { guild_count: 2 } },
        release: '1.2.3',
      },
    ]);
  });

  it('sends a message, and with all that follows what was tagged before', async () => {
    const errors = await reporter(dsn());
    errors.tag({ 'signal.received': 'SIGTERM' });
    errors.captureMessage('Received SIGTERM');
    await errors.flush(5_000);
    expect(events()).toMatchObject([
      { message: 'Received SIGTERM', level: 'info', tags: { 'signal.received': 'SIGTERM' } },
    ]);
  });

  it('lets no secret through, wherever it was put', async () => {
    const { addBreadcrumb, getCurrentScope } = await import('@sentry/node');
    const errors = await reporter(dsn(), 1);
    addBreadcrumb({ message: `asked with ${TOKEN}`, data: { url: 'http://tux:hunter22@host/', authorization: PLAIN } });
    getCurrentScope().setContext('planted', { DISCORD_TOKEN: PLAIN, note: SECRET });
    getCurrentScope().setExtra('planted', [`Bot ${TOKEN}`, { cookie: PLAIN }]);
    const error = new Error(`could not log in with ${SECRET}`);
    error.stack = `${error.stack}\n    at ${SECRET} (/srv/${SECRET}.js:1:1)`;
    errors.capture(error, { where: SECRET });
    errors.trace(trace);
    await errors.flush(5_000);
    const all = received.join('\n');
    expect(events()).toHaveLength(2);
    expect(all).toContain('could not log in with [redacted]');
    for (const secret of [SECRET, TOKEN, 'hunter22', PLAIN]) expect(all).not.toContain(secret);
  });

  it('sends a trace with its parts, with the times that it is given', async () => {
    const errors = await reporter(dsn(), 1);
    errors.trace(trace);
    await errors.flush(5_000);
    expect(events()).toMatchObject([
      {
        type: 'transaction',
        transaction: 'bot.setup',
        tags: { 'bot.setup_complete': 'true' },
        start_timestamp: at(0).getTime() / 1_000,
        timestamp: at(9).getTime() / 1_000,
        spans: [
          {
            description: 'bot.setup_database',
            op: 'setup',
            start_timestamp: at(1).getTime() / 1_000,
            timestamp: at(3).getTime() / 1_000,
            data: { 'database.setup': 'failed' },
          },
        ],
      },
    ]);
  });

  it('sends no trace unless it is told to sample some', async () => {
    const errors = await reporter(dsn());
    errors.trace(trace);
    await errors.flush(5_000);
    expect(received).toEqual([]);
  });

  it('waits for Sentry no longer than it is given, however many ask', async () => {
    isSilent = true;
    const errors = await reporter(dsn());
    errors.capture(new Error('nobody answers'));
    const startedAt = performance.now();
    await Promise.all([errors.flush(300), errors.flush(60_000)]);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  it('leaves signals and fatal errors to their one owner', async () => {
    // `beforeExit` aside: Tux ends by process.exit(), which does not emit it.
    const names = () => process.eventNames().filter((name) => name !== 'beforeExit');
    const count = () => names().map((name) => [String(name), process.listenerCount(name)]);
    const before = count();
    await reporter(dsn(), 1);
    expect(count()).toEqual(before);
  });

  it('does nothing without a DSN', async () => {
    const errors = await reporter(undefined, 1);
    errors.capture(new Error('nobody hears this'));
    errors.captureMessage('nor this');
    errors.trace(trace);
    await errors.flush(10);
    expect(received).toEqual([]);
  });
});
