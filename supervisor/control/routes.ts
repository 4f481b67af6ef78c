import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { DeployResult } from '../../shared/control/deploy-result.js';
import type { ReloadResult } from '../../shared/control/reload-result.js';
import type { RestartResult } from '../../shared/control/restart-result.js';
import type { Status } from '../../shared/control/status.js';
import { describeError, isTuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';
import { METRICS_TYPE } from '../health/metrics-text.js';

/** What can be asked of a running supervisor. */
export interface Controllable {
  /** Whether Tux serves is found out by asking it, which may take two seconds. */
  freshStatus(): Promise<Status>;
  /** `WorkerDetails` as JSON, from the worker itself. Throws TUX_BOT_DOWN or TUX_BOT_SILENT (exit 69) when it gives none. */
  workerDetails(): Promise<string>;
  /** Prometheus' text format: the supervisor's own figures, then the worker's if it answers. */
  metrics(): Promise<string>;
  /** Begins to stop; resolves at once. */
  requestStop(request: { by: string; now: boolean }): void;
  /** Restarts the worker; resolves when the next one is ready. Throws a TuxError where that may not be or did not work. */
  requestRestart(request: { by: string; force: boolean }): Promise<RestartResult>;
  /** Brings a build into service; resolves when Tux is ready, or with why not. Throws a TuxError where that cannot be. */
  requestDeploy(request: { by: string; root: string | null; force: boolean }): Promise<DeployResult>;
  /** Reads the configuration anew. Throws TUX_CONFIG with all problems when it is not valid; then nothing changes. */
  requestReload(): Promise<ReloadResult>;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** @param body of the request, as text. */
type Route = (target: Controllable, body: string) => Answer | Promise<Answer>;

const JSON_TYPE = 'application/json';

const stopBody = z.object({ by: z.string().default('the control socket'), now: z.boolean().default(false) });
const restartBody = z.object({ by: z.string().default('the control socket'), force: z.boolean().default(false) });

const deployBody = z.object({
  by: z.string().default('the control socket'),
  /** Absolute; null: where workers are started from. */
  root: z.string().nullable().default(null),
  force: z.boolean().default(false),
});

const routes: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['GET /status', async (target) => json(await target.freshStatus())],
  ['GET /worker', async (target) => ({ status: 200, type: JSON_TYPE, text: await target.workerDetails() })],
  ['GET /metrics', async (target) => ({ status: 200, type: METRICS_TYPE, text: await target.metrics() })],
  [
    'POST /stop',
    (target, body) => {
      target.requestStop(stopBody.parse(parse(body)));
      return json({ accepted: true }, 202);
    },
  ],
  ['POST /restart', async (target, body) => json(await target.requestRestart(restartBody.parse(parse(body))))],
  ['POST /deploy', async (target, body) => json(await target.requestDeploy(deployBody.parse(parse(body))))],
  ['POST /reload', async (target) => json(await target.requestReload())],
]);

/** Answers one request. A few routes need no framework, and an idle supervisor has no memory to spare for one. */
export async function serveControl(
  target: Controllable,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.on('error', () => {}); // whoever asked is gone
  const { status, type, text } = await answerTo(target, request).catch(failure);
  response.writeHead(status, { 'content-type': type });
  response.end(text);
}

async function answerTo(target: Controllable, request: IncomingMessage): Promise<Answer> {
  const method = request.method === 'HEAD' ? 'GET' : request.method; // Node leaves the body out
  const [path] = (request.url ?? '').split('?', 1);
  const route = routes.get(`${method} ${path}`);
  if (!route) return json({ error: { code: 'TUX_NO_ROUTE', message: 'No such route' } }, 404);
  let body = '';
  for await (const part of request.setEncoding('utf8')) body += part;
  return route(target, body);
}

function failure(error: unknown): Answer {
  const status = error instanceof z.ZodError || error instanceof SyntaxError ? 400 : 409;
  const [code, exitCode] = isTuxError(error) ? [error.code, error.exitCode] : ['TUX_CONTROL', ExitCode.FAILURE];
  return json({ error: { code, message: describeError(error), exitCode } }, status);
}

function json(value: unknown, status = 200): Answer {
  return { status, type: JSON_TYPE, text: JSON.stringify(value) };
}

/** No body is the same as an empty one: `curl -X POST` is enough. */
function parse(body: string): unknown {
  return body === '' ? {} : JSON.parse(body);
}
