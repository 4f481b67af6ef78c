import type { ServiceReport } from './service.js';

/** What a successful start came to. */
export interface StartSummary {
  readonly durationMs: number;
  readonly isDegraded: boolean;
  /** In the order in which they could start. */
  readonly services: readonly ServiceReport[];
}

/** What a stop came to. A stop never fails: what went wrong stands here. */
export interface StopSummary {
  readonly durationMs: number;
  /** In the order in which they went down; services that were never up are left out. */
  readonly services: readonly ServiceStop[];
  /** Names of the services that did not stop in time. They may still hold what they had. */
  readonly overran: readonly string[];
  /** Names of the services whose cleanup threw. */
  readonly failed: readonly string[];
}

/** How the stop of one service went. */
export interface ServiceStop {
  readonly service: string;
  readonly outcome: 'stopped' | 'overran' | 'failed';
  readonly durationMs: number;
  /** Absent when it stopped. */
  readonly error?: unknown;
}
