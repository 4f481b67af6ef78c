import { chmodSync, renameSync, rmSync, statSync } from 'node:fs';
import type { Server } from 'node:http';
import { dirname, join } from 'node:path';
import { createAdaptorServer } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import type { ReloadResult } from '../../shared/control/reload-result.js';
import type { RestartResult } from '../../shared/control/restart-result.js';
import type { Status } from '../../shared/control/status.js';
import { deadline } from '../../shared/deadline.js';
import { describeError, isTuxError } from '../../shared/errors.js';
import { prepareSocketFolder } from '../../shared/paths.js';

/** What can be asked of a running supervisor. */
export interface Controllable {
  status(): Status;
  /** `WorkerDetails` as JSON, from the worker itself. Throws TUX_BOT_DOWN or TUX_BOT_SILENT (exit 69) when it gives none. */
  workerDetails(): Promise<string>;
  /** Prometheus' text format: the supervisor's own figures, then the worker's if it answers. */
  metrics(): Promise<string>;
  /** Begins to stop; resolves at once. */
  requestStop(request: { by: string; now: boolean }): void;
  /** Restarts the worker; resolves when the next one is ready. Throws a TuxError where that may not be or did not work. */
  requestRestart(request: { by: string; force: boolean }): Promise<RestartResult>;
  /** Reads the configuration anew. Throws TUX_CONFIG with all problems when it is not valid; then nothing changes. */
  requestReload(): Promise<ReloadResult>;
}

/** At the end every request has its answer already; this is for a client that does not take it. */
const ANSWER_LIMIT_MS = 1_000;

const stopBody = z.object({ by: z.string().default('the control socket'), now: z.boolean().default(false) });
const restartBody = z.object({ by: z.string().default('the control socket'), force: z.boolean().default(false) });

/**
 * HTTP over the Unix socket `control.sock` (0600): the way every command talks to a running supervisor. Works with
 * `curl --unix-socket state/control.sock http://tux/status`.
 */
export async function listenForControl(socketFile: string, target: Controllable): Promise<ControlServer> {
  const server = createAdaptorServer({ fetch: controlRoutes(target).fetch }) as Server;
  server.maxRequestsPerSocket = 1; // no connection outlives its answer, so that closing waits for answers only
  prepareSocketFolder(dirname(socketFile));
  // Closing a server removes the path that it was bound to, whoever owns it by then: so it is bound to one that nobody
  // else uses. It is short because the address of a socket may not be longer than that of `socketFile`.
  const ownFile = join(dirname(socketFile), `c.${process.pid}`);
  rmSync(ownFile, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(ownFile, () => resolve());
  });
  chmodSync(ownFile, 0o600);
  renameSync(ownFile, socketFile); // in place of one that a killed supervisor left behind: we hold the lock
  return new ControlServer(server, socketFile, statSync(socketFile).ino);
}

export class ControlServer {
  readonly #server: Server;
  readonly #socketFile: string;
  readonly #inode: number;

  constructor(server: Server, socketFile: string, inode: number) {
    this.#server = server;
    this.#socketFile = socketFile;
    this.#inode = inode;
  }

  /** Lets the answers get through that are on their way (why a restart failed), and removes the socket unless it is a successor's. */
  async close(): Promise<void> {
    const isOurs = statSync(this.#socketFile, { throwIfNoEntry: false })?.ino === this.#inode;
    if (isOurs) rmSync(this.#socketFile, { force: true });
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await deadline('answering the last requests', ANSWER_LIMIT_MS, () => closed).catch(() => {
      this.#server.closeAllConnections();
      return closed;
    });
  }
}

function controlRoutes(target: Controllable): Hono {
  const app = new Hono();
  app.get('/status', (context) => context.json(target.status()));
  app.get('/worker', async (context) => context.json(JSON.parse(await target.workerDetails())));
  app.get('/metrics', async (context) =>
    context.text(await target.metrics(), 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }),
  );
  app.post('/stop', async (context) => {
    target.requestStop(stopBody.parse(await readBody(context)));
    return context.json({ accepted: true }, 202);
  });
  app.post('/restart', async (context) => {
    return context.json(await target.requestRestart(restartBody.parse(await readBody(context))));
  });
  app.post('/reload', async (context) => context.json(await target.requestReload()));
  app.notFound((context) => context.json({ error: { code: 'TUX_NO_ROUTE', message: 'No such route' } }, 404));
  app.onError((error, context) => {
    const code = isTuxError(error) ? error.code : 'TUX_CONTROL';
    const status = error instanceof z.ZodError || error instanceof SyntaxError ? 400 : 409;
    const exitCode = isTuxError(error) ? error.exitCode : 1;
    return context.json({ error: { code, message: describeError(error), exitCode } }, status);
  });
  return app;
}

/** No body is the same as an empty one: `curl -X POST` is enough. */
async function readBody(context: Context): Promise<unknown> {
  const text = await context.req.text();
  return text === '' ? {} : JSON.parse(text);
}
