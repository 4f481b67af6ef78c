import { z } from 'zod';
import { type IdentifyBudget, type SessionStartLimit, sessionStartLimitSchema } from './ipc-protocol.js';
import { isoTime } from './iso-time.js';

/**
 * The IDENTIFY budget. Discord allows 1,000 IDENTIFYs in 24 h and resets the bot's token when a loop uses them up
 * (discord-api-docs #215, #1387). The ledger counts our own over restarts and reboots and never trusts one source alone:
 * the smaller of its own count and of what Discord last reported is what is left.
 *
 * All functions are pure: a ledger in, a ledger or a figure out; `now` is wall-clock milliseconds.
 */
export const identifyLedgerSchema = z.object({
  /** ISO-8601 UTC instant of each IDENTIFY of the last 24 h, oldest first. */
  identifies: z.array(z.iso.datetime()),
  /** `session_start_limit` as last reported, and when. */
  reported: z.object({ limit: sessionStartLimitSchema, at: z.iso.datetime() }).nullable(),
});
export type IdentifyLedger = z.infer<typeof identifyLedgerSchema>;

/** The window in which Discord counts IDENTIFYs: a day. */
export const IDENTIFY_WINDOW_MS = 24 * 60 * 60 * 1000;
/** What Discord grants a bot that has not said otherwise yet. */
const DEFAULT_TOTAL = 1_000;
/** How long a report with `reset_after: 0` is believed: Discord sends 0 both for "just reset" and for "unknown". */
const UNKNOWN_RESET_MS = 60_000;

/** Share of the total below which restarts nobody asked for are held. */
export const AUTOMATIC_RESERVE = 0.2;
/** Share of the total that even a forced restart leaves. */
export const FORCED_RESERVE = 0.02;

/** Nothing spent, nothing heard of Discord. */
export function emptyLedger(): IdentifyLedger {
  return { identifies: [], reported: null };
}

/** Notes one IDENTIFY that is about to be sent, and forgets those older than the window. */
export function spendIdentify(ledger: IdentifyLedger, now: number): IdentifyLedger {
  return { ...ledger, identifies: [...withinWindow(ledger, now), now].map(toIso) };
}

/** Notes what Discord said is left. An instant that lies in the future (the clock was set back) becomes now for good. */
export function reportLimit(ledger: IdentifyLedger, limit: SessionStartLimit, now: number): IdentifyLedger {
  return { identifies: withinWindow(ledger, now).map(toIso), reported: { limit, at: toIso(now) } };
}

/** What is left now, and when it next grows. */
export function budgetOf(ledger: IdentifyLedger, now: number): IdentifyBudget {
  const total = ledger.reported?.limit.total || DEFAULT_TOTAL;
  const spent = withinWindow(ledger, now);
  const own = total - spent.length;
  const reported = reportedRemaining(ledger, now);
  const oldest = spent[0];
  if (reported !== null && reported.remaining < own) {
    return { total, remaining: Math.max(0, reported.remaining), resetAt: toIso(reported.until) };
  }
  const resetAt = oldest === undefined ? null : toIso(oldest + IDENTIFY_WINDOW_MS);
  return { total, remaining: Math.max(0, own), resetAt };
}

/** True while one more IDENTIFY leaves the reserve (a share of the total) untouched. */
export function mayIdentify(ledger: IdentifyLedger, now: number, reserve: number): boolean {
  return leavesReserve(budgetOf(ledger, now), reserve);
}

/** True while one more IDENTIFY from this budget leaves the reserve untouched. */
export function leavesReserve({ total, remaining }: IdentifyBudget, reserve: number): boolean {
  return remaining - 1 >= total * reserve;
}

/** Milliseconds until {@link mayIdentify} becomes true if nothing else is spent; 0 when it is, a day at most. */
export function waitForIdentifyMs(ledger: IdentifyLedger, now: number, reserve: number): number {
  let at = now;
  // Each step moves to the instant at which one limiting figure grows; both only grow while nothing is spent.
  while (!mayIdentify(ledger, at, reserve)) {
    const { resetAt } = budgetOf(ledger, at);
    at = resetAt === null ? Number.POSITIVE_INFINITY : Math.max(at + 1, Date.parse(resetAt));
    if (at - now >= IDENTIFY_WINDOW_MS) return IDENTIFY_WINDOW_MS;
  }
  return at - now;
}

/** The answer to one request for an IDENTIFY, and the ledger to be on disk before it is given. */
export interface LeaseDecision {
  readonly ledger: IdentifyLedger;
  readonly budget: IdentifyBudget;
  readonly isGranted: boolean;
  /** Milliseconds until it is worth asking again; 0 when granted. */
  readonly retryAfterMs: number;
}

/** Grants one IDENTIFY, and spends it, if that leaves the reserve untouched. @param limit what Discord last said, or null. */
export function decideLease(
  before: IdentifyLedger,
  limit: SessionStartLimit | null,
  reserve: number,
  now: number,
): LeaseDecision {
  const reported = limit === null ? before : reportLimit(before, limit, now);
  const retryAfterMs = waitForIdentifyMs(reported, now, reserve);
  const isGranted = retryAfterMs === 0;
  const ledger = isGranted ? spendIdentify(reported, now) : reported;
  return { ledger, budget: budgetOf(ledger, now), isGranted, retryAfterMs };
}

/** Instants of the last 24 h, oldest first. One that lies in the future (the clock was set back) counts as just now. */
function withinWindow(ledger: IdentifyLedger, now: number): number[] {
  return ledger.identifies
    .map((at) => Math.min(Date.parse(at), now))
    .filter((at) => at > now - IDENTIFY_WINDOW_MS)
    .sort((a, b) => a - b);
}

/** Discord's figure less what was spent since, while it is still to be believed. */
function reportedRemaining(ledger: IdentifyLedger, now: number): { remaining: number; until: number } | null {
  if (ledger.reported === null) return null;
  const { limit } = ledger.reported;
  const at = Math.min(Date.parse(ledger.reported.at), now);
  const until = at + (limit.reset_after > 0 ? Math.min(limit.reset_after, IDENTIFY_WINDOW_MS) : UNKNOWN_RESET_MS);
  if (now >= until) return null;
  // One of the same instant counts: first Discord is asked, then the IDENTIFY is sent.
  const spentSince = withinWindow(ledger, now).filter((spent) => spent >= at).length;
  return { remaining: limit.remaining - spentSince, until };
}

function toIso(at: number): string {
  return isoTime(at);
}
