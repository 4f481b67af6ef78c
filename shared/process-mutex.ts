import { lstat, readlink, symlink, unlink } from 'node:fs/promises';
import type { z } from 'zod';
import { writeFailure } from './atomic-file.js';
import { type Clock, systemClock } from './clock.js';
import { errnoOf, TuxError } from './errors.js';
import { ExitCode } from './exit-codes.js';
import { describeThisProcess, livenessOf, processOwnerSchema } from './process-identity.js';

/** How old the ticket of another host or container must be before its owner counts as gone: the work takes milliseconds. */
const OUT_OF_SIGHT_STALE_MS = 15_000;
const POLL_MS = 10;

/** Whose turn it is. Without the paths of an owner record: it has to fit into a symbolic link. */
const ticketSchema = processOwnerSchema.omit({ exe: true, cwd: true });
type Ticket = z.infer<typeof ticketSchema>;

export interface MutexOptions {
  /** How long to wait for one's turn. */
  readonly timeoutMs: number;
  /** Cuts the wait short; work that has begun goes on to its end. */
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock;
}

/**
 * Runs `work` while no other process does so under the same `path`, even if processes are killed or paused in the middle
 * of it. Meant for work of milliseconds.
 *
 * A lock that is removed when its owner seems dead cannot do this: of two processes that find the dead owner, the slower
 * one removes the lock that the faster one has just made. Here nobody removes what another process may still count on. A
 * ticket is a symbolic link, made in one step with its owner as the target. Who finds the ticket of a dead owner queues up
 * behind it, at `PATH.after.NONCE`, which again only one can make; the last of the queue has the turn. Having done its
 * work it removes the queue from the front, so that a process which queued up behind a ticket that was removed in the
 * meantime sees that the front has changed.
 *
 * @throws TuxError TUX_LOCKED (exit 73) when a live process keeps its turn for longer than `timeoutMs`; TUX_STATE_WRITE
 * (exit 74) when the folder is not writable; the reason of `signal`.
 */
export async function withMutex<T>(path: string, work: () => Promise<T>, options: MutexOptions): Promise<T> {
  const clock = options.clock ?? systemClock;
  const giveUpAt = clock.monotonic() + options.timeoutMs;
  for (;;) {
    const queue = await takeTurn(path);
    if (queue !== null) {
      try {
        return await work();
      } finally {
        for (const ticketPath of queue) await remove(ticketPath);
      }
    }
    if (clock.monotonic() >= giveUpAt) throw busyError(path, await readTicket(path));
    await clock.sleep(POLL_MS, options.signal);
  }
}

/** @returns the paths of the queue, our ticket last; null when it is somebody else's turn, or when the queue has moved. */
async function takeTurn(path: string): Promise<string[] | null> {
  const queue: string[] = [];
  let front: Ticket | null = null;
  for (let ticketPath = path; ; ) {
    queue.push(ticketPath);
    if (await place(ticketPath)) {
      if (front === null || (await readTicket(path))?.nonce === front.nonce) return queue;
      await remove(ticketPath);
      return null;
    }
    const ticket = await readTicket(ticketPath);
    if (ticket === null || !(await isOwnerGone(ticket, ticketPath))) return null;
    front ??= ticket;
    ticketPath = `${path}.after.${ticket.nonce}`;
  }
}

/** @returns false when there is a ticket already. */
async function place(ticketPath: string): Promise<boolean> {
  const { exe: _exe, cwd: _cwd, ...ticket } = describeThisProcess();
  try {
    await symlink(JSON.stringify(ticket), ticketPath);
    return true;
  } catch (cause) {
    if (errnoOf(cause) === 'EEXIST') return false;
    throw writeFailure(ticketPath, cause);
  }
}

async function readTicket(ticketPath: string): Promise<Ticket | null> {
  try {
    return ticketSchema.parse(JSON.parse(await readlink(ticketPath)));
  } catch {
    return null;
  }
}

async function isOwnerGone(ticket: Ticket, ticketPath: string): Promise<boolean> {
  const liveness = livenessOf(ticket);
  if (liveness === 'alive' || liveness === 'dead') return liveness === 'dead';
  const info = await lstat(ticketPath).catch(() => null);
  return info !== null && Date.now() - info.mtimeMs > OUT_OF_SIGHT_STALE_MS;
}

async function remove(ticketPath: string): Promise<void> {
  await unlink(ticketPath).catch(() => {}); // what stays behind names a process that ends, and is queued behind
}

function busyError(path: string, owner: Ticket | null): TuxError {
  const who = owner === null ? 'another process' : `pid ${owner.pid} on ${owner.hostname}`;
  return new TuxError('TUX_LOCKED', `${path} is kept by ${who}, which does not move on`, {
    exitCode: ExitCode.LOCKED,
    hint: 'end that process, or let it continue if it is paused',
    details: { path, owner },
  });
}
