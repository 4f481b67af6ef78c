import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { deadline } from '../../shared/deadline.js';
import type { Logger } from '../../shared/logging/logger.js';
import { type Doors, needsIdentity, refusal } from './access-policy.js';
import { type Answer, answerOfError, failureAnswer, type OpenAnswer } from './answer.js';
import type { Login } from './login.js';
import { isFromElsewhere, isOurHost } from './origin-guard.js';
import { findRoute, type Route } from './route.js';
import { readJson, type WebRequest } from './web-request.js';

/** For whoever begins a request and does not go on. */
const HEAD_LIMIT_MS = 5_000;
const REQUEST_LIMIT_MS = 10_000;
/** How often Node looks whose time is up; by itself every half a minute. */
const LOOK_MS = 1_000;
const MAX_CONNECTIONS = 128;
/** For whoever does not take their answer; a restart may need most of it. Live events come more often than that. */
const SILENCE_LIMIT_MS = 600_000;
/** At the end every request has its answer already; this is for a client that does not take it. */
const CLOSE_LIMIT_MS = 1_000;

/** The page loads its own files and nothing else, nobody may frame it, and what is no script is never run as one. */
const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
};

export interface WebServerOptions {
  readonly routes: readonly Route[];
  readonly login: Login;
  /** Read at each use: the token may change. */
  readonly doors: () => Doors;
  /** The address it listens at. */
  readonly host: string;
  readonly log: Logger;
}

/** Takes requests, turns away who may not make them, and hands the others to their routes. */
export class WebServer {
  readonly #options: WebServerOptions;
  readonly server: Server;

  constructor(options: WebServerOptions) {
    this.#options = options;
    const limits = {
      headersTimeout: HEAD_LIMIT_MS,
      requestTimeout: REQUEST_LIMIT_MS,
      connectionsCheckingInterval: LOOK_MS,
    };
    this.server = createServer(limits, (message, response) => void this.#serve(message, response));
    this.server.maxConnections = MAX_CONNECTIONS;
    this.server.timeout = SILENCE_LIMIT_MS;
    this.server.on('error', (error) => {
      // No file descriptor was left for a connection, for example. That it cannot listen is told by whoever made it.
      if (this.server.listening) options.log.warn({ event: 'http:error', err: error }, `⚠️ ${error.message}`);
    });
  }

  /** Lets the answers get through that are on their way. */
  async close(): Promise<void> {
    if (!this.server.listening) return;
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    await deadline('answering the last requests', CLOSE_LIMIT_MS, () => closed).catch(() => {
      this.server.closeAllConnections();
      return closed;
    });
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => {}); // whoever asked is gone
    let answer: Answer | OpenAnswer;
    try {
      answer = await this.#answer(message);
    } catch (error) {
      answer = answerOfError(error);
      if (response.destroyed) return;
      if (answer.status === 500) this.#options.log.error({ event: 'http:failed', err: error }, '❌ A request failed');
    }
    send(answer, message, response);
  }

  async #answer(message: IncomingMessage): Promise<Answer | OpenAnswer> {
    const { routes, login, doors, host } = this.#options;
    const { headers } = message;
    if (!isOurHost(headers.host, host)) {
      return failureAnswer(
        403,
        'TUX_HTTP_HOST',
        `Nothing called ${headers.host} is here: use the address of this machine`,
      );
    }
    const [path = '', query = ''] = (message.url ?? '').split('?', 2);
    const match = findRoute(routes, message.method ?? '', path);
    if (match.kind === 'none') return failureAnswer(404, 'TUX_NO_ROUTE', `There is nothing at ${path}`);
    if (match.kind === 'method') {
      const allow = match.allowed.join(', ');
      return failureAnswer(405, 'TUX_HTTP_METHOD', `Only ${allow} is possible here`, { allow });
    }
    const { route, params } = match;
    if (route.method === 'POST' && isFromElsewhere(headers)) {
      return failureAnswer(403, 'TUX_HTTP_ORIGIN', 'Another site has sent this');
    }
    const from = message.socket.remoteAddress ?? '';
    const isLoggedIn = needsIdentity(route.needs) && (await login.identify(headers, from));
    if (typeof isLoggedIn !== 'boolean') return isLoggedIn;
    const refused = refusal(route.needs, doors(), isLoggedIn);
    if (refused) return refused;
    const read: WebRequest['read'] = (schema) => readJson(message, schema);
    return route.handle({ headers, from, query: new URLSearchParams(query), params, isLoggedIn, read });
  }
}

function send(answer: Answer | OpenAnswer, message: IncomingMessage, response: ServerResponse): void {
  if (response.destroyed) return;
  const isHead = message.method === 'HEAD';
  if ('open' in answer) {
    response.writeHead(200, { ...SECURITY_HEADERS, ...answer.headers });
    if (isHead) response.end();
    else answer.open(response);
    return;
  }
  const { status, headers, body } = answer;
  const length = status === 304 ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  response.writeHead(status, { ...SECURITY_HEADERS, ...headers, ...length });
  response.end(isHead ? undefined : body);
}
