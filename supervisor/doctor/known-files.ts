import type { Paths } from '../../shared/paths.js';

/** A file of the state folder, and how its content begins if this version wrote it. */
export interface KnownFile {
  readonly path: string;
  /** `json`: one envelope. `journal`: entries of `shared/journal.ts`. `lines`: a JSON object a line. */
  readonly form: 'json' | 'journal' | 'lines';
  /** Of the envelope; journals have none. */
  readonly kind: string;
  /** The newest that this version writes, and can read. */
  readonly version: number;
  /** What it holds can be had again: a start does not refuse one of a newer version. */
  readonly isCache?: boolean;
}

/**
 * Every file of the state folder that a start reads. The bot declares most of them where it uses them, and the supervisor
 * knows nothing of the bot: `tests/e2e/doctor.test.ts` has both agree.
 */
export function knownFiles(paths: Paths): KnownFile[] {
  const json = (path: string, kind: string): KnownFile => ({ path, form: 'json', kind, version: 1 });
  const journal = (path: string): KnownFile => ({ path, form: 'journal', kind: '', version: 1 });
  return [
    json(paths.queueCache, 'jobs'),
    journal(paths.queueJournal),
    json(paths.reminders, 'reminders'),
    journal(paths.remindersJournal),
    json(paths.scheduledDms, 'dm-scheduled'),
    journal(paths.scheduledDmsJournal),
    json(paths.eventCache, 'event-cache'),
    { ...json(paths.commandCache, 'command-cache'), isCache: true },
    json(paths.liveViews, 'live-views'),
    json(paths.cooldowns, 'cooldowns'),
    json(paths.maintenance, 'maintenance'),
    { ...json(paths.gatewaySession, 'gateway-session'), isCache: true },
    { path: paths.gatewayCache, form: 'lines', kind: '', version: 1 },
    json(paths.lastShutdown, 'last-shutdown'),
    json(paths.exitMarker, 'exit-marker'),
    json(paths.identifyLedger, 'identify-ledger'),
    json(paths.supervisorState, 'supervisor'),
    json(paths.sandboxState, 'sandbox-world'),
    { path: paths.history, form: 'lines', kind: '', version: 1 },
  ];
}
