import { readdirSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { errnoOf } from './errors.js';
import { MAX_SOCKET_PATH_BYTES } from './paths.js';

/** The kernel answers, not the owner: this is only for a file system that does not. */
const KNOCK_LIMIT_MS = 2_000;

/** Stops listening and removes the socket. */
export type Extinguish = () => Promise<void>;

/** The socket of the owner with this `nonce`: a name of its own, so that nobody ever removes another one's. */
export function beaconPath(lockFile: string, nonce: string): string {
  return `${lockFile}.${nonce}.sock`;
}

/**
 * Listens on a Unix socket for as long as this process lives. It says nothing; that it can be connected to is the message.
 * The kernel closes it with the process, however that ends, and tells the truth about it to every process of this machine
 * that sees the folder: also to one in another container, where a pid means nothing. Does not keep the process alive.
 *
 * @returns null where there can be no such socket: its path is too long, or the file system has none.
 */
export async function lightBeacon(path: string): Promise<Extinguish | null> {
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES) return null;
  const server = createServer((visitor) => visitor.destroy());
  const isListening = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(path, () => resolve(true));
  });
  if (!isListening) return null;
  server.on('error', () => {}); // a visitor that could not be accepted has its answer all the same
  server.unref();
  return () => new Promise<void>((resolve) => server.close(() => resolve()));
}

/**
 * Whether somebody listens there: `unknown` when there is no socket to ask. Only worth asking about a process under the same
 * kernel; the socket of a machine that shares the folder over a network looks as if nobody listened.
 */
export function knock(path: string): Promise<'lit' | 'dark' | 'unknown'> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const answer = (found: 'lit' | 'dark' | 'unknown') => {
      socket.destroy();
      resolve(found);
    };
    // A dead process cannot keep silent: its socket refuses. If we were the ones who slept, that refusal is here already.
    socket.setTimeout(KNOCK_LIMIT_MS, () => setImmediate(() => answer('lit')));
    socket.once('connect', () => answer('lit'));
    socket.on('error', (error) => answer(meaningOf(errnoOf(error))));
  });
}

function meaningOf(errno: string | undefined): 'lit' | 'dark' | 'unknown' {
  if (errno === 'ECONNREFUSED') return 'dark';
  // EAGAIN: so many wait already that the owner is paused. EACCES, EPERM: it is somebody else's.
  return errno === 'EAGAIN' || errno === 'EACCES' || errno === 'EPERM' ? 'lit' : 'unknown';
}

/** Removes the sockets that dead owners of this lock left behind. To be called by who holds it. */
export function sweepBeacons(lockFile: string, ownNonce: string): void {
  const folder = dirname(lockFile);
  const prefix = `${basename(lockFile)}.`;
  const dead = namesIn(folder).filter(
    (name) => name.startsWith(prefix) && name.endsWith('.sock') && name !== basename(beaconPath(lockFile, ownNonce)),
  );
  for (const name of dead) removeIfPossible(join(folder, name));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function removeIfPossible(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // it is in nobody's way
  }
}
