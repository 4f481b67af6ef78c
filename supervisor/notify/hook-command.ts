import type { Clock } from '../../shared/clock.js';
import { secretSettings } from '../../shared/config/schema.js';
import { deadline } from '../../shared/deadline.js';
import { TuxError } from '../../shared/errors.js';
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
    const { execa } = await import('execa'); // only where there is trouble to tell of
    const runId = `notify-${uniqueId()}`;
    const child = execa('/bin/sh', ['-c', command], {
      env: { ...environmentOf(notification), [RUN_ID_VARIABLE]: runId },
      extendEnv: false,
      input: `${JSON.stringify(notification)}\n`,
      stdout: 'pipe',
      stderr: 'pipe',
      all: true,
      buffer: false,
      detached: true, // a process group of its own, to be ended with all that it starts
      cleanup: false,
      reject: false,
    });
    const { pid } = child;
    const killRest = async () => {
      if (pid !== undefined) await killRemainders(pid, runId);
    };
    const onAbort = () => void killRest();
    signal.addEventListener('abort', onAbort, { once: true });
    const printed = readLines(child.all, this.#options.onOutput);
    // Until its pipes close: mail(1) returns before its child in the background has sent anything.
    const [{ exitCode, signal: killedBy }] = await Promise.all([child, printed]);
    signal.removeEventListener('abort', onAbort);
    await killRest();
    if (exitCode === 0) return;
    const how = killedBy === undefined ? `exit code ${exitCode}` : killedBy;
    throw new TuxError('TUX_NOTIFY', `the command ended with ${how}`);
  }
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
