import { spawn } from 'node:child_process';
import type { Clock } from '../../shared/clock.js';
import { deadline } from '../../shared/deadline.js';
import { describeError, errnoOf, TuxError } from '../../shared/errors.js';
import type { Logger } from '../../shared/logging/logger.js';

/** It waits until systemd has taken the message, which a busy machine can draw out. */
const LIMIT_MS = 5_000;

export interface NotifyCommandOptions {
  /** NOTIFY_SOCKET. */
  readonly socket: string;
  readonly log: Logger;
  /** Default: `systemd-notify` from the PATH. */
  readonly program?: string;
  readonly clock: Clock;
}

/**
 * Sends one message to systemd. Node has no Unix datagram sockets, so the program `systemd-notify` does it, for which the unit
 * needs `NotifyAccess=all`. It ends only when the message has been taken (sd_notify_barrier(3)), so that systemd still knows
 * whose it was. Trouble is logged once, not each time: without systemd's ear Tux serves all the same.
 */
export class NotifyCommand {
  readonly #options: NotifyCommandOptions;
  #isSilent = false;

  constructor(options: NotifyCommandOptions) {
    this.#options = options;
  }

  /**
   * Never rejects.
   *
   * @param assignments of sd_notify(3), e.g. `READY=1`.
   * @returns whether it has been sent.
   */
  async send(assignments: readonly string[]): Promise<boolean> {
    const { socket, program = 'systemd-notify', log, clock } = this.#options;
    try {
      await deadline(program, LIMIT_MS, (signal) => run(program, assignments, socket, signal), undefined, clock);
      return true;
    } catch (error) {
      if (this.#isSilent) return false;
      this.#isSilent = true;
      const reason = errnoOf(error) === 'ENOENT' ? `there is no program ${program}` : describeError(error);
      log.warn({ event: 'systemd:notify-failed', err: error }, `⚠️ systemd cannot be told how Tux fares: ${reason}`);
      return false;
    }
  }
}

function run(program: string, assignments: readonly string[], socket: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, assignments, {
      env: { PATH: process.env.PATH, NOTIFY_SOCKET: socket },
      stdio: ['ignore', 'ignore', 'pipe'],
      signal,
      killSignal: 'SIGKILL',
    });
    let complaint = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complaint = `${complaint}${text}`.slice(0, 500);
    });
    child.once('error', reject);
    child.once('close', (code, killedBy) => {
      if (code === 0) return resolve();
      const how = killedBy ?? `exit code ${code}`;
      reject(new TuxError('TUX_SYSTEMD_NOTIFY', `${program} ended with ${how}: ${complaint.trim()}`));
    });
  });
}
