import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createErrorReporter } from '../../../bot/telemetry/error-reporter.js';
import { silentLogger } from '../../../shared/logging/logger.js';

const SECRET = 'correct-horse-battery-staple';

let server: Server;
let received: string[];
let arrived: Promise<void>;

beforeEach(async () => {
  received = [];
  let noteArrival = () => {};
  arrived = new Promise((resolve) => {
    noteArrival = resolve;
  });
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    received.push(body);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    noteArrival();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function reporter(dsn: string | undefined) {
  return createErrorReporter({ dsn, release: '1.2.3', secrets: [SECRET], log: silentLogger() });
}

describe('reporting errors to Sentry', () => {
  it('sends an error with its tags and without the configured secrets', async () => {
    const { port } = server.address() as AddressInfo;
    const errors = await reporter(`http://key@127.0.0.1:${port}/1`);
    errors.capture(new Error(`could not log in with ${SECRET}`), { command: 'ping' });
    await Promise.all([errors.flush(5_000), arrived]);
    expect(received.join('\n')).toContain('could not log in with [redacted]');
    expect(received.join('\n')).toContain('"command":"ping"');
    expect(received.join('\n')).not.toContain(SECRET);
  });

  it('leaves signals and fatal errors to their one owner', async () => {
    const { port } = server.address() as AddressInfo;
    const before = ['uncaughtException', 'unhandledRejection', 'SIGTERM'].map((event) => process.listenerCount(event));
    await reporter(`http://key@127.0.0.1:${port}/1`);
    const after = ['uncaughtException', 'unhandledRejection', 'SIGTERM'].map((event) => process.listenerCount(event));
    expect(after).toEqual(before);
  });

  it('does nothing without a DSN', async () => {
    const errors = await reporter(undefined);
    errors.capture(new Error('nobody hears this'));
    await errors.flush(10);
    expect(received).toEqual([]);
  });
});
