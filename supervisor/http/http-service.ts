import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../shared/clock.js';
import type { Status } from '../../shared/control/status.js';
import { describeError, errnoOf, TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';
import type { Logger } from '../../shared/logging/logger.js';
import type { WebServer } from './web-server.js';

const RETRY_MS = 10_000;

export interface HttpServiceOptions {
  readonly web: WebServer;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly log: Logger;
  readonly clock: Clock;
}

/**
 * Listens at TUX_HTTP_HOST:TUX_HTTP_PORT. Where that cannot be (a port that another program holds, an address that the machine
 * does not have yet), the supervisor says so loudly, goes on without, and tries again every ten seconds: a page that is missing
 * must not keep the bot down, not even for the moment in which an old process still holds the port after an upgrade. `status`
 * tells, and a probe of `/healthz` fails, which is the truth.
 */
export class HttpService {
  readonly #options: HttpServiceOptions;
  readonly #closing = new AbortController();
  #port: number;
  #problem: TuxError | null = null;

  constructor(options: HttpServiceOptions) {
    this.#options = options;
    this.#port = options.port;
  }

  /** The port that it listens at; the one of the settings before. */
  get port(): number {
    return this.#port;
  }

  get state(): NonNullable<Status['http']> {
    return { url: urlOf(this.#options.host, this.#port), problem: this.#problem?.message ?? null };
  }

  /** Resolves after the first try, whatever came of it. */
  async start(): Promise<void> {
    if (!(await this.#tryToListen())) void this.#retry();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#options.web.close();
  }

  async #retry(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#closing;
    do
      await clock.sleep(RETRY_MS, signal).catch(() => {}); // rejects only at the end
    while (!signal.aborted && !(await this.#tryToListen()));
    if (signal.aborted) await this.#options.web.close(); // it may have listened in the last moment
  }

  async #tryToListen(): Promise<boolean> {
    const { log, port, web } = this.#options;
    try {
      await this.#listen();
    } catch (cause) {
      const error = portError(this.state.url, cause);
      const isNews = error.message !== this.#problem?.message;
      this.#problem = error;
      const text = `❌ ${describeError(error)}; trying again every ${RETRY_MS / 1_000} s`;
      if (isNews) log.error({ event: 'http:failed', err: error, port }, text);
      return false;
    }
    this.#problem = null;
    this.#port = (web.server.address() as AddressInfo).port;
    const { url } = this.state;
    log.info({ event: 'http:listening', url }, `✅ Status page, health checks and metrics at ${url}`);
    return true;
  }

  async #listen(): Promise<void> {
    const { host, port, web } = this.#options;
    // Given to `listen`, what waits for it would stay after a failed try, one more with each.
    const listening = once(web.server, 'listening');
    web.server.listen({ host, port });
    await listening;
  }
}

/** An IPv6 address stands in brackets. */
function urlOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}/`;
}

function portError(url: string, cause: unknown): TuxError {
  const [why, hint] = explain(errnoOf(cause));
  return new TuxError('TUX_HTTP_PORT', `Cannot listen at ${url}: ${why ?? describeError(cause)}`, {
    cause,
    exitCode: ExitCode.CONFIG,
    hint,
  });
}

function explain(errno: string | undefined): [why: string | undefined, hint: string] {
  if (errno === 'EADDRINUSE') {
    return ['another program listens there', 'end it, or choose another TUX_HTTP_PORT; 0 takes a free one'];
  }
  if (errno === 'EACCES') return ['this user may not use that port', 'choose a TUX_HTTP_PORT of 1024 or above'];
  if (errno === 'EADDRNOTAVAIL' || errno === 'ENOTFOUND') {
    return ['this machine has no such address', 'correct TUX_HTTP_HOST; 127.0.0.1 is always there'];
  }
  return [undefined, 'check TUX_HTTP_HOST and TUX_HTTP_PORT'];
}
