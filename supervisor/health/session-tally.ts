import type { GatewaySession } from '../../shared/control/gateway-session.js';

/** Sessions and what came with them, since this supervisor started. */
export interface SessionTotals {
  readonly resumed: number;
  /** By reason. */
  readonly identified: Readonly<Record<string, number>>;
  readonly replayed: number;
  readonly suppressed: number;
  readonly stale: number;
  /** Of the latest run for which something had to wait; null: of none so far. */
  readonly gapMs: number | null;
}

/** Adds up how the runs came by their gateway sessions. A run says so more than once; what it said last counts. */
export class SessionTally {
  readonly #byRun = new Map<string, GatewaySession>();
  #past: SessionTotals = { resumed: 0, identified: {}, replayed: 0, suppressed: 0, stale: 0, gapMs: null };

  note(runId: string, session: GatewaySession): void {
    for (const [earlier, final] of this.#byRun) {
      if (earlier === runId) continue;
      this.#past = plus(this.#past, final);
      this.#byRun.delete(earlier);
    }
    this.#byRun.set(runId, session);
  }

  get totals(): SessionTotals {
    return [...this.#byRun.values()].reduce(plus, this.#past);
  }
}

function plus(totals: SessionTotals, session: GatewaySession): SessionTotals {
  const { how, reason, replayed, suppressed, stale, gapMs } = session;
  const identified =
    how === 'identified'
      ? { ...totals.identified, [reason ?? 'unknown']: (totals.identified[reason ?? 'unknown'] ?? 0) + 1 }
      : totals.identified;
  return {
    resumed: totals.resumed + (how === 'resumed' ? 1 : 0),
    identified,
    replayed: totals.replayed + replayed,
    suppressed: totals.suppressed + suppressed,
    stale: totals.stale + stale,
    gapMs: gapMs ?? totals.gapMs,
  };
}
