import { formatDuration } from '../../shared/cli/format.js';
import type { Clock } from '../../shared/clock.js';
import { type Build, describeBuild } from '../../shared/control/build.js';
import type { RunRecord } from '../../shared/control/run-record.js';
import { deadline } from '../../shared/deadline.js';
import { ExitCode } from '../../shared/exit-codes.js';
import type { Logger } from '../../shared/logging/logger.js';
import type { SupervisionObserver } from '../supervision-observer.js';
import type { Hold } from '../supervisor-state.js';
import { composeNotification, type Notification, type NotificationKind } from './notification.js';
import type { Notifier } from './notifier.js';
import { decideTelling, initialTellingState } from './telling-policy.js';

/** What the end of the supervisor waits for the last notifications. */
const CLOSE_LIMIT_MS = 3_000;

export interface IncidentReporterOptions {
  readonly notifier: Notifier;
  readonly host: string;
  /** Literals that must not be told. */
  readonly secrets: readonly string[];
  readonly log: Logger;
  readonly clock: Clock;
}

/**
 * Tells the operator of trouble, and when it is over. Planned restarts and stops are silent. Nobody waits for it: what is to
 * be told is queued and sent one after the other, so that it arrives in order.
 */
export class IncidentReporter implements SupervisionObserver {
  readonly #options: IncidentReporterOptions;
  readonly #over = new AbortController();
  #telling = initialTellingState();
  #queue: Promise<void> = Promise.resolve();
  #waiting = 0;
  /** Wall clock of the first trouble since Tux was last ready, ms. */
  #downSince: number | null = null;

  constructor(options: IncidentReporterOptions) {
    this.#options = options;
  }

  /** How the last run of an earlier supervisor ended: a recovery from that is told, too. */
  resume(last: RunRecord | null): void {
    if (last === null || troubleOf(last) === null) return;
    this.#downSince = Date.parse(last.endedAt);
    this.#telling = { ...this.#telling, isOpen: true };
  }

  onRunEnded(record: RunRecord): void {
    const kind = troubleOf(record);
    if (kind === null) return;
    this.#downSince ??= Date.parse(record.endedAt);
    if (kind !== 'config-error') this.#tell(kind, record.reason); // that one ends the supervisor, which is told
  }

  onHold({ message, until }: Hold): void {
    this.#downSince ??= this.#options.clock.now();
    this.#tell('held', message, until);
  }

  onGaveUp(exitCode: ExitCode, message: string): void {
    this.#tell(exitCode === ExitCode.CONFIG ? 'config-error' : 'gave-up', message);
  }

  onSwappedBack({ build, previous, reason }: { build: Build; previous: Build; reason: string }): void {
    this.#downSince ??= this.#options.clock.now();
    this.#tell('swapped-back', `${describeBuild(build)}: ${reason}. Now: ${describeBuild(previous)}`);
  }

  onDeployRefused({ build, problems }: { build: Build; problems: readonly string[] }): void {
    this.#tell('deploy-refused', `${describeBuild(build)}: ${problems.join('; ')}`);
  }

  onReady(): void {
    const downMs = this.#options.clock.now() - (this.#downSince ?? this.#options.clock.now());
    this.#downSince = null;
    this.#tell('recovered', `It was down for ${formatDuration(Math.max(0, downMs))}.`);
  }

  /** Waits for what is still on its way, but not for long; then gives it up. */
  async close(): Promise<void> {
    const { log, clock } = this.#options;
    try {
      await deadline('telling the rest', CLOSE_LIMIT_MS, () => this.#queue, undefined, clock);
    } catch {
      log.warn({ event: 'notify:given-up', waiting: this.#waiting }, '⚠️ Not all notifications could be sent in time');
    }
    this.#over.abort();
  }

  #tell(kind: NotificationKind, reason: string, until?: string): void {
    const { notifier, host, secrets, clock } = this.#options;
    if (notifier.availableChannels.length === 0) return;
    const { leftOut } = this.#telling;
    const { tells, state } = decideTelling(this.#telling, kind, clock.monotonic());
    this.#telling = state;
    if (!tells) return;
    const facts = { kind, now: clock.now(), host, reason, leftOut, ...(until !== undefined && { until }) };
    const notification = composeNotification(facts, secrets);
    this.#waiting += 1;
    this.#queue = this.#queue.then(() => this.#send(notification));
  }

  async #send(notification: Notification): Promise<void> {
    const { notifier, log } = this.#options;
    const { kind } = notification;
    const result = await notifier.send(notification, this.#over.signal);
    this.#waiting -= 1;
    for (const { channel, reason } of result.failures) {
      log.warn({ event: 'notify:failed', kind, channel, reason }, `⚠️ Could not notify (${channel}): ${reason}`);
    }
    if (result.delivered) log.info({ event: 'notify:sent', kind, channel: result.channel }, `🔔 Notified (${kind})`);
    else log.warn({ event: 'notify:all-failed', kind }, `⚠️ ${result.error}: nobody was told (${kind})`);
  }
}

/** The kind of trouble that the end of a run is; null when it is none. */
function troubleOf({ class: runClass }: RunRecord): NotificationKind | null {
  if (runClass === 'config') return 'config-error';
  return runClass === 'stopped' || runClass === 'planned' || runClass === 'locked' ? null : runClass;
}
