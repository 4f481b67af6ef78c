import { type ChildProcess, spawn } from 'node:child_process';
import type { Clock } from '../../shared/clock.js';
import { secretSettings } from '../../shared/config/schema.js';
import { deadline } from '../../shared/deadline.js';
import { describeError, errnoOf, TuxError } from '../../shared/errors.js';
import { uniqueId } from '../../shared/unique-id.js';
import { killRemainders, RUN_ID_VARIABLE } from '../worker/process-group.js';
import { readLines } from '../worker/read-lines.js';
import { type Notification, notificationText } from './notification.js';
import type { Channel } from './notifier.js';

const LIMIT_MS = 10_000;

export interface HookCommandOptions {
  /** The command; asked for each time. */
  readonly command: () => string | undefined;
  /** One line of what it printed. */
  readonly onOutput: (line: string) => void;
  readonly clock?: Clock;
}

/**
 * Runs a command of the operator with `sh -c`, as cron would, so that it may use quotes, pipes and the variables below.
 * Nothing of the notification gets into the text of the command: it comes as JSON on stdin and in the environment, as
 * `TUX_EVENT`, `TUX_REASON`, `TUX_MESSAGE` (all of it as text), `TUX_HOST` and `TUX_UNTIL`. The rest of the environment is
 * that of the supervisor without Tux's secrets. Its time counts for what it leaves in the background, too, as long as that
 * holds its output; what is left then is killed.
 */
export class HookCommand implements Channel {
  readonly name = 'command';
  readonly #options: HookCommandOptions;

  constructor(options: HookCommandOptions) {
    this.#options = options;
  }

  isAvailable(): boolean {
    return this.#options.command() !== undefined;
  }

  async send(notification: Notification, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const command = this.#options.command();
    if (command === undefined) throw new TuxError('TUX_NOTIFY', 'the command is not configured any more');
    await deadline('the command', LIMIT_MS, (limited) => this.#run(command, notification, limited), signal, clock);
  }

  async #run(command: string, notification: Notification, signal: AbortSignal): Promise<void> {
    const runId = `notify-${uniqueId()}`;
    const child = spawn('/bin/sh', ['-c', command], {
      env: { ...environmentOf(notification), [RUN_ID_VARIABLE]: runId },
      stdio: 'pipe',
      detached: true, // a process group of its own, to be ended with all that it starts
    });
    const ended = endOf(child);
    const { pid, stdin, stdout, stderr } = child;
    const killRest = async () => {
      if (pid !== undefined) await killRemainders(pid, runId);
    };
    const onAbort = () => void killRest();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      stdin?.on('error', () => {}); // it need not read
      stdin?.end(`${JSON.stringify(notification)}\n`);
      const printed = [stdout, stderr].map((stream) => readLines(stream, this.#options.onOutput));
      // Until its pipes close: mail(1) returns before its child in the background has sent anything.
      const [how] = await Promise.all([ended, ...printed]);
      await killRest();
      if (how !== null) throw new TuxError('TUX_NOTIFY', `the command ended with ${how}`);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }
}

/**
 * How a command ended, in words; null when it went well. By hand and not by execa, which leaves the 'error' event unheard when
 * there is no process to be had, and that would end the supervisor (see `worker/worker-process`).
 */
function endOf(child: ChildProcess): Promise<string | null> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code, killedBy) => resolve(code === 0 ? null : (killedBy ?? `exit code ${code}`)));
    child.on('error', (cause) => {
      const why = errnoOf(cause) ?? describeError(cause);
      reject(new TuxError('TUX_NOTIFY', `the command cannot be started (${why})`, { cause }));
    });
  });
}

function environmentOf(notification: Notification): Record<string, string | undefined> {
  const withheld = [...secretSettings, 'BOT_TOKEN'].map((name) => [name, undefined]);
  return {
    ...process.env,
    ...Object.fromEntries(withheld),
    TUX_EVENT: notification.kind,
    TUX_REASON: notification.reason,
    TUX_MESSAGE: notificationText(notification),
    TUX_HOST: notification.host,
    TUX_UNTIL: notification.until ?? undefined,
  };
}
