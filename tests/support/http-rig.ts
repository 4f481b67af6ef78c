import { mkdtemp, rm } from 'node:fs/promises';
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { systemClock } from '../../shared/clock.js';
import { loadConfig } from '../../shared/config/load.js';
import type { Heartbeat } from '../../shared/ipc-protocol.js';
import { createLogger } from '../../shared/logging/logger.js';
import type { OperatorRequests } from '../../supervisor/control/operator-requests.js';
import { SampleHistory } from '../../supervisor/history/sample-history.js';
import { type HttpOptions, type RunningHttp, startHttp } from '../../supervisor/http/start-http.js';
import { SupervisionObservers } from '../../supervisor/supervision-observer.js';
import { disposeAll } from './dispose-all.js';
import { fakeDetails, fakeStatus, fakeWorker } from './fake-status.js';
import { LogWatch } from './log-watch.js';

export const HTTP_TOKEN = 'a-token-of-some-length';
export const AUTHORIZED = { authorization: `Bearer ${HTTP_TOKEN}` };
export const JSON_BODY = { 'content-type': 'application/json' };

/** An answer over HTTP. */
export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: { readonly [name: string]: unknown };
}

/** An event of `GET /api/events`. */
export interface SeenEvent {
  readonly event: string;
  readonly data: unknown;
}

/** The health checks and the page on a real port, with a supervisor behind them that answers as the test says. */
export class HttpRig {
  readonly folder: string;
  /** What was asked of the supervisor. */
  readonly asked: unknown[] = [];
  /** How the supervisor answers; a test replaces what it wants otherwise. */
  readonly requests: Partial<Record<keyof OperatorRequests, unknown>> = {
    supervisionProblems: () => [],
    freshReadiness: async () => ({ ready: true, problems: [] }),
    freshStatus: async () => fakeStatus(),
    workerDetails: async () => JSON.stringify(fakeDetails()),
    metrics: async () => 'tux_ready 1\n',
    requestStop: (stop: unknown) => void this.asked.push(['stop', stop]),
    requestRestart: async (restart: unknown) => {
      this.asked.push(['restart', restart]);
      return { runId: 'RUN-2', pid: 4712, tookMs: 12 };
    },
    requestReload: async () => ({ changes: [], workerReloaded: true }),
  };
  readonly log = new LogWatch();
  /** Who listens to the log. */
  readonly lineListeners = new Set<(line: string) => void>();
  readonly events: SupervisionObservers;
  readonly #logger;
  readonly #closers: (() => Promise<unknown> | unknown)[] = [];
  #http: RunningHttp | undefined;

  private constructor(folder: string) {
    this.folder = folder;
    const output = new Writable({
      decodeStrings: false,
      write: (chunk, _encoding, done) => {
        this.log.feed(String(chunk));
        done();
      },
    });
    this.#logger = createLogger({ level: 'debug', name: 'supervisor', destination: output, secrets: [] });
    this.events = new SupervisionObservers(this.#logger);
  }

  static async create(): Promise<HttpRig> {
    return new HttpRig(await mkdtemp(join(tmpdir(), 'tux-http-')));
  }

  get http(): RunningHttp {
    if (!this.#http) throw new Error('not started');
    return this.#http;
  }

  get port(): number {
    return Number(new URL(this.http.state.url).port);
  }

  /** May be called again, after `http.close()`. */
  async start(settings: Record<string, string> = {}, more: Partial<HttpOptions> = {}): Promise<void> {
    const samples = new SampleHistory(systemClock);
    this.events.add(samples);
    const folders = { TUX_STATE_DIR: this.folder, TUX_LOG_DIR: this.folder };
    const sink: Partial<HttpOptions['sink']> = {
      recent: (count: number) => ['{"msg":"one"}', '{"msg":"two"}'].slice(-count),
      subscribe: (listener: (line: string) => void) => {
        this.lineListeners.add(listener);
        return () => void this.lineListeners.delete(listener);
      },
    };
    const http = await startHttp({
      port: 0,
      config: loadConfig({ DISCORD_TOKEN: 'x', ...folders, ...settings }),
      requests: this.requests as unknown as OperatorRequests,
      events: this.events,
      samples,
      sink: sink as HttpOptions['sink'],
      sandbox: null,
      log: this.#logger,
      clock: systemClock,
      ...more,
    });
    this.#http = http;
    this.#closers.push(() => http.close());
  }

  /** What curl would get. */
  call(method: string, path: string, headers: Record<string, string> = {}, body?: string): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port: this.port, method, path, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.once('end', () => {
          const isJson = response.headers['content-type']?.startsWith('application/json') && text !== '';
          const json = isJson ? JSON.parse(text) : {};
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json });
        });
        response.once('error', reject);
      });
      sent.once('error', reject);
      sent.end(body);
    });
  }

  /** Logs in. @returns what a browser sends from then on. */
  async login(): Promise<string> {
    const { headers } = await this.call('POST', '/api/login', JSON_BODY, JSON.stringify({ token: HTTP_TOKEN }));
    return headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  }

  /** Listens as a page does; `events` grows. */
  async listen(): Promise<{ events: SeenEvent[]; response: IncomingMessage }> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request({ host: '127.0.0.1', port: this.port, path: '/api/events' }, resolve).once('error', reject).end();
    });
    response.on('error', () => {}); // it is cut, in some tests
    this.#closers.push(() => response.destroy());
    const events: SeenEvent[] = [];
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      events.push(...blocks.flatMap(parseEvent));
    });
    return { events, response };
  }

  /** Does it at the end, last first. */
  onDispose(close: () => Promise<unknown> | unknown): void {
    this.#closers.push(close);
  }

  async dispose(): Promise<void> {
    await disposeAll(...this.#closers.reverse(), () => rm(this.folder, { recursive: true }));
  }
}

/** The code of an error in an answer. */
export const codeOf = ({ json }: Reply) => (json.error as { code?: string } | undefined)?.code;

/** What a worker that fares well sends. */
export function fakeHeartbeat(more: Partial<Heartbeat> = {}): Heartbeat {
  const { gateway } = fakeWorker();
  if (!gateway) throw new Error('no gateway');
  const figures = { eventLoopLagMs: 1, rssBytes: 1_000, tasks: 1, queueDepth: 1, databaseProblem: null };
  return { type: 'heartbeat', seq: 1, state: 'RUNNING', degraded: false, gateway, ...figures, ...more };
}

/** A comment is none. */
function parseEvent(block: string): SeenEvent[] {
  const [, event] = /^event: (.+)$/m.exec(block) ?? [];
  const [, data] = /^data: (.+)$/m.exec(block) ?? [];
  return event === undefined || data === undefined ? [] : [{ event, data: JSON.parse(data) }];
}
