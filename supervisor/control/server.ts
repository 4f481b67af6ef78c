import { chmodSync, renameSync, rmSync, statSync } from 'node:fs';
import type { Server as HttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { deadline } from '../../shared/deadline.js';
import { prepareSocketFolder } from '../../shared/paths.js';
import { type Controllable, serveControl } from './routes.js';

/** At the end every request has its answer already; this is for a client that does not take it. */
const ANSWER_LIMIT_MS = 1_000;

/**
 * HTTP over the Unix socket `control.sock` (0600): the way every command talks to a running supervisor. Works with
 * `curl --unix-socket state/control.sock http://tux/status`.
 */
export async function listenForControl(socketFile: string, target: Controllable): Promise<ControlServer> {
  const server = new ControlServer(socketFile, target);
  await server.listen();
  return server;
}

/** The socket. Node's HTTP is loaded for the first who connects: until then it would only take memory. */
export class ControlServer {
  readonly #server: Server;
  readonly #socketFile: string;
  readonly #connections = new Set<Socket>();
  readonly #target: Controllable;
  #http: Promise<HttpServer> | undefined;
  #inode: number | undefined;

  constructor(socketFile: string, target: Controllable) {
    this.#socketFile = socketFile;
    this.#target = target;
    // Half open as Node's own HTTP server has it; paused, because nobody can read a request before HTTP is loaded.
    const options = { allowHalfOpen: true, pauseOnConnect: true };
    this.#server = createServer(options, (socket) => void this.#serve(socket));
  }

  /** @throws the error of the socket, or TuxError TUX_RUNTIME_DIR (exit 78), see `prepareSocketFolder`. */
  async listen(): Promise<void> {
    const folder = dirname(this.#socketFile);
    prepareSocketFolder(folder);
    // Closing a server removes the path that it was bound to, whoever owns it by then: so it is bound to one that nobody
    // else uses. It is short because the address of a socket may not be longer than that of `socketFile`.
    const ownFile = join(folder, `c.${process.pid}`);
    rmSync(ownFile, { force: true });
    await new Promise<void>((resolve, reject) => {
      // Not only once: later on it is a connection that could not be accepted (no descriptor is left), which ends nothing.
      this.#server.on('error', reject);
      this.#server.listen(ownFile, () => resolve());
    });
    chmodSync(ownFile, 0o600);
    renameSync(ownFile, this.#socketFile); // in place of one that a killed supervisor left behind: we hold the lock
    this.#inode = statSync(this.#socketFile).ino;
  }

  /** Lets the answers get through that are on their way (why a restart failed), and removes the socket unless it is a successor's. */
  async close(): Promise<void> {
    const isOurs = statSync(this.#socketFile, { throwIfNoEntry: false })?.ino === this.#inode;
    if (isOurs) rmSync(this.#socketFile, { force: true });
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await deadline('answering the last requests', ANSWER_LIMIT_MS, () => closed).catch(() => {
      for (const socket of this.#connections) socket.destroy();
      return closed;
    });
  }

  async #serve(socket: Socket): Promise<void> {
    this.#connections.add(socket);
    socket.once('close', () => this.#connections.delete(socket));
    socket.on('error', () => {}); // whoever asked is gone
    this.#http ??= makeHttpServer(this.#target);
    const http = await this.#http;
    if (socket.destroyed) return;
    http.emit('connection', socket); // documented as the way to hand it a connection
    socket.resume();
  }
}

async function makeHttpServer(target: Controllable): Promise<HttpServer> {
  const { createServer: createHttpServer } = await import('node:http');
  const http = createHttpServer((request, response) => void serveControl(target, request, response));
  http.maxRequestsPerSocket = 1; // no connection outlives its answer, so that closing waits for answers only
  return http;
}
