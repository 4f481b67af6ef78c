import type { Clock } from '../../shared/clock.js';
import type { Sample } from '../../shared/control/page-api.js';
import type { Heartbeat } from '../../shared/ipc-protocol.js';
import type { SupervisionObserver } from '../supervision-observer.js';

/** An hour of heartbeats at their usual pace. */
const MAX_SAMPLES = 720;
/** Heartbeats that come faster share a sample; a little less than the usual pace, which is never quite even. */
const SLOT_MS = 4_500;

/** What a heartbeat says for the charts. @param at milliseconds since the epoch. */
export function sampleOf(runId: string, heartbeat: Heartbeat, at: number): Sample {
  const { rssBytes, eventLoopLagMs, queueDepth, tasks, gateway } = heartbeat;
  return { at, runId, rssBytes, eventLoopLagMs, queueDepth, tasks, pingMs: gateway.pingMs };
}

/**
 * How the worker fared in the last hour, for the charts of the status page. It is always at work, whoever looks: so it is a ring
 * of bare numbers that takes 26 kB and is never allocated again.
 */
export class SampleHistory implements SupervisionObserver {
  readonly #clock: Clock;
  readonly #at = new Float64Array(MAX_SAMPLES);
  readonly #rssBytes = new Float64Array(MAX_SAMPLES);
  readonly #lagMs = new Float32Array(MAX_SAMPLES);
  readonly #queueDepth = new Uint32Array(MAX_SAMPLES);
  readonly #tasks = new Uint32Array(MAX_SAMPLES);
  /** NaN is null. */
  readonly #pingMs = new Float32Array(MAX_SAMPLES);
  readonly #runIds: string[] = [];
  /** Samples ever begun; the newest is at one less, modulo the size. */
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  onHeartbeat(runId: string, heartbeat: Heartbeat): void {
    const sample = sampleOf(runId, heartbeat, this.#clock.now());
    const newest = (this.#count - 1) % MAX_SAMPLES;
    const isSame = this.#count > 0 && this.#runIds[newest] === runId && isWithin(sample.at - (this.#at[newest] ?? 0));
    if (isSame) {
      const worst = Math.max(sample.eventLoopLagMs, this.#lagMs[newest] ?? 0);
      this.#write(newest, { ...sample, at: this.#at[newest] ?? sample.at, eventLoopLagMs: worst });
      return;
    }
    this.#write(this.#count % MAX_SAMPLES, sample);
    this.#count += 1;
  }

  /** Oldest first. */
  list(): Sample[] {
    const size = Math.min(this.#count, MAX_SAMPLES);
    return Array.from({ length: size }, (_, index) => this.#read((this.#count - size + index) % MAX_SAMPLES));
  }

  #write(index: number, sample: Sample): void {
    this.#at[index] = sample.at;
    this.#rssBytes[index] = sample.rssBytes;
    this.#lagMs[index] = sample.eventLoopLagMs;
    this.#queueDepth[index] = sample.queueDepth;
    this.#tasks[index] = sample.tasks;
    this.#pingMs[index] = sample.pingMs ?? Number.NaN;
    this.#runIds[index] = sample.runId;
  }

  #read(index: number): Sample {
    const pingMs = this.#pingMs[index] ?? Number.NaN;
    return {
      at: this.#at[index] ?? 0,
      runId: this.#runIds[index] ?? '',
      rssBytes: this.#rssBytes[index] ?? 0,
      eventLoopLagMs: Math.round((this.#lagMs[index] ?? 0) * 10) / 10,
      queueDepth: this.#queueDepth[index] ?? 0,
      tasks: this.#tasks[index] ?? 0,
      pingMs: Number.isNaN(pingMs) ? null : Math.round(pingMs * 10) / 10,
    };
  }
}

/** A clock that was set back begins a new sample. */
function isWithin(ms: number): boolean {
  return ms >= 0 && ms < SLOT_MS;
}
