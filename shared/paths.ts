import { lstatSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { makeFolder } from './atomic-file.js';
import { TuxError } from './errors.js';
import { ExitCode } from './exit-codes.js';

/** Longest path a Unix socket can be bound to on Linux: sun_path holds 108 bytes with the final NUL, see unix(7). */
export const MAX_SOCKET_PATH_BYTES = 107;
/** The name of the folder that stands in when a state folder's path is too long, see {@link socketPath}. */
const RUNTIME_FOLDER = /^tux-\d+-[\da-f]{16}$/;

/** Where everything lives, as absolute paths. Built once per process from the two folders. */
export interface Paths {
  readonly stateDir: string;
  readonly logDir: string;
  /** Under the state folder. */
  readonly supervisorLock: string;
  readonly botLock: string;
  readonly identifyLedger: string;
  readonly supervisorState: string;
  readonly history: string;
  readonly exitMarker: string;
  readonly lastShutdown: string;
  readonly queueCache: string;
  readonly queueJournal: string;
  readonly reminders: string;
  readonly remindersJournal: string;
  readonly scheduledDms: string;
  readonly scheduledDmsJournal: string;
  readonly eventCache: string;
  readonly commandCache: string;
  readonly liveViews: string;
  readonly cooldowns: string;
  readonly maintenance: string;
  readonly gatewaySession: string;
  readonly gatewayMark: string;
  readonly gatewayCache: string;
  readonly databaseDir: string;
  readonly sandboxState: string;
  readonly sandboxLock: string;
  /** Under the log folder. */
  readonly log: string;
  readonly crashLog: string;
  readonly reportsDir: string;
}

/** All paths below the two folders. Touches no file. */
export function resolvePaths(folders: { stateDir: string; logDir: string }): Paths {
  const stateDir = resolve(folders.stateDir);
  const logDir = resolve(folders.logDir);
  const state = (name: string) => join(stateDir, name);
  return Object.freeze({
    stateDir,
    logDir,
    supervisorLock: state('supervisor.lock'),
    botLock: state('bot.lock'),
    identifyLedger: state('identify-ledger.json'),
    supervisorState: state('supervisor.json'),
    history: state('history.jsonl'),
    exitMarker: state('exit-marker.json'),
    lastShutdown: state('last-shutdown.json'),
    queueCache: state('queue-cache.json'),
    queueJournal: state('queue-cache.journal'),
    reminders: state('reminders.json'),
    remindersJournal: state('reminders.journal'),
    scheduledDms: state('dm-scheduled.json'),
    scheduledDmsJournal: state('dm-scheduled.journal'),
    eventCache: state('event-cache.json'),
    commandCache: state('command-cache.json'),
    liveViews: state('live-views.json'),
    cooldowns: state('cooldowns.json'),
    maintenance: state('maintenance.json'),
    gatewaySession: state('gateway-session.json'),
    gatewayMark: state('gateway-session.mark'),
    gatewayCache: state('gateway-cache.jsonl'),
    databaseDir: state('pgdata'),
    sandboxState: state('sandbox.json'),
    sandboxLock: state('sandbox.lock'),
    log: join(logDir, 'tux.log'),
    crashLog: join(logDir, 'crash.log'),
    reportsDir: join(logDir, 'reports'),
  });
}

/**
 * The path to bind or to reach a Unix socket called `name` of this state folder: inside it where that fits into
 * {@link MAX_SOCKET_PATH_BYTES}, else in a private runtime folder whose name follows from the state folder, so that the
 * command line finds the same address as the process that listens.
 */
export function socketPath(stateDir: string, name: string): string {
  const direct = join(resolve(stateDir), name);
  if (Buffer.byteLength(direct) <= MAX_SOCKET_PATH_BYTES) return direct;
  const uid = process.getuid?.() ?? 0;
  const { createHash } = process.getBuiltinModule('node:crypto'); // it is big, and hardly anybody gets here
  const id = createHash('sha256').update(resolve(stateDir)).digest('hex').slice(0, 16);
  const runtimeDir = process.env.XDG_RUNTIME_DIR || tmpdir();
  return join(runtimeDir, `tux-${uid}-${id}`, name);
}

/**
 * Makes the folder of a socket. A runtime folder of {@link socketPath} is also checked, because in a shared place such as
 * /tmp somebody else may have made it first; the state folder is the operator's choice, link or mount, and is not.
 *
 * @throws TuxError TUX_RUNTIME_DIR (exit 78) when the runtime folder belongs to another user or is a link.
 */
export function prepareSocketFolder(folder: string): void {
  makeFolder(folder);
  if (!RUNTIME_FOLDER.test(basename(folder))) return;
  const info = lstatSync(folder);
  const uid = process.getuid?.();
  const isOurs = info.isDirectory() && (uid === undefined || info.uid === uid);
  if (isOurs) return;
  throw new TuxError('TUX_RUNTIME_DIR', `${folder} was made by somebody else (uid ${info.uid}) or is a link`, {
    exitCode: ExitCode.CONFIG,
    hint: 'remove that folder, or choose a shorter TUX_STATE_DIR so that the socket fits into it',
  });
}
