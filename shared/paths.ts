import { chmodSync, lstatSync, realpathSync, type Stats, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { makeFolder } from './atomic-file.js';
import { TuxError } from './errors.js';
import { ExitCode } from './exit-codes.js';

/** Longest path a Unix socket can be bound to on Linux: sun_path holds 108 bytes with the final NUL, see unix(7). */
export const MAX_SOCKET_PATH_BYTES = 107;
/** The name of the folder that stands in when a state folder's path is too long, see {@link socketPath}. */
const RUNTIME_FOLDER = /^tux-[\da-f]{16}$/;
/** Not what the environment says: two shells, or a shell and a service, would not find one another. */
const RUNTIME_PARENT = '/tmp';

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
 * {@link MAX_SOCKET_PATH_BYTES}, else in a private runtime folder whose name follows from the state folder alone. Whoever
 * names the same folder finds the same address, in whatever environment and by whatever link.
 *
 * @throws TuxError TUX_RUNTIME_DIR (exit 78) when somebody who has no business here made the runtime folder: what listens there is
 * not Tux.
 */
export function socketPath(stateDir: string, name: string): string {
  const real = realPath(stateDir);
  const inRealFolder = join(real, name);
  if (Buffer.byteLength(inRealFolder) <= MAX_SOCKET_PATH_BYTES) {
    const direct = join(resolve(stateDir), name);
    return Buffer.byteLength(direct) <= MAX_SOCKET_PATH_BYTES ? direct : inRealFolder;
  }
  const { createHash } = process.getBuiltinModule('node:crypto'); // it is big, and hardly anybody gets here
  const id = createHash('sha256').update(real).digest('hex').slice(0, 16);
  const folder = join(RUNTIME_PARENT, `tux-${id}`);
  const info = lstatSync(folder, { throwIfNoEntry: false });
  const trusted = [0, process.getuid?.(), statSync(real, { throwIfNoEntry: false })?.uid];
  if (info !== undefined && !isFolderOf(info, trusted)) throw foreignFolder(folder, info);
  return join(folder, name);
}

/** Without links; as it stands where there is no such folder (yet). */
function realPath(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return resolve(folder);
  }
}

/**
 * Makes the folder of a socket. A runtime folder of {@link socketPath} is also checked, because in a shared place such as
 * /tmp somebody else may have made it first, and nobody else may look into it; the state folder is the operator's choice, link or mount,
 * and is not.
 *
 * @throws TuxError TUX_RUNTIME_DIR (exit 78) when the runtime folder belongs to another user or is a link.
 */
export function prepareSocketFolder(folder: string): void {
  makeFolder(folder);
  if (!RUNTIME_FOLDER.test(basename(folder))) return;
  const info = lstatSync(folder);
  if (!isFolderOf(info, [process.getuid?.()])) throw foreignFolder(folder, info);
  if ((info.mode & 0o077) !== 0) chmodSync(folder, 0o700);
}

function isFolderOf(info: Stats, uids: readonly (number | undefined)[]): boolean {
  return info.isDirectory() && uids.includes(info.uid);
}

function foreignFolder(folder: string, info: Stats): TuxError {
  return new TuxError('TUX_RUNTIME_DIR', `${folder} was made by somebody else (uid ${info.uid}) or is a link`, {
    exitCode: ExitCode.CONFIG,
    hint: 'remove that folder, or choose a shorter TUX_STATE_DIR so that the socket fits into it',
  });
}
