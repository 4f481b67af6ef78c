import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** A service that runs a supervisor. */
export interface Unit {
  readonly name: string;
  /** Of a user's own manager, `systemctl --user`. */
  readonly isUser: boolean;
  /** The text of its file, without drop-ins. */
  readonly text: string;
}

/** What `systemctl show` says of a unit, by property. */
export type UnitProperties = Readonly<Record<string, string | undefined>>;

/** As much of systemd as the check needs. */
export interface Systemd {
  /** Whether systemd runs this machine, see sd_booted(3). */
  isRunning(): boolean;
  findUnits(): readonly Unit[];
  /** @throws an Error with what systemctl says, such as that it does not reach systemd. */
  show(unit: Unit, signal: AbortSignal): Promise<UnitProperties>;
}

/** Where units lie, see "UNIT FILE LOAD PATH" in systemd.unit(5). */
const systemFolders = [
  '/etc/systemd/system',
  '/run/systemd/system',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
];

const shownProperties = [
  'Environment', 'ExecStart', 'KillMode', 'NeedDaemonReload', 'RestartForceExitStatus', 'RestartPreventExitStatus',
  'TimeoutStopUSec', 'Type', 'UnitFileState', 'User', 'WatchdogUSec', 'WorkingDirectory',
]; // biome-ignore format: a list of words

/** The systemd of this machine. */
export const realSystemd: Systemd = {
  isRunning: () => existsSync('/run/systemd/system'),

  findUnits() {
    const userFolder = join(homedir(), '.config/systemd/user');
    return [
      ...systemFolders.flatMap((folder) => unitsIn(folder).map((unit) => ({ ...unit, isUser: false }))),
      ...unitsIn(userFolder).map((unit) => ({ ...unit, isUser: true })),
    ];
  },

  show: ({ name, isUser }, signal) =>
    new Promise((resolve, reject) => {
      const args = [...(isUser ? ['--user'] : []), 'show', name, `--property=${shownProperties.join(',')}`];
      execFile('systemctl', args, { signal }, (error, stdout, stderr) => {
        if (error) reject(new Error(stderr.trim().split('\n')[0] || error.message));
        else resolve(parseProperties(stdout));
      });
    }),
};

/** Units of a folder whose ExecStart runs a supervisor. */
function unitsIn(folder: string): Pick<Unit, 'name' | 'text'>[] {
  return namesIn(folder)
    .filter((name) => name.endsWith('.service') && !name.includes('@'))
    .map((name) => ({ name, text: readText(join(folder, name)) }))
    .filter(({ text }) => /^ExecStart=.*(supervisor\/main\.js|tux-supervisor)/m.test(text));
}

/** The variables that the file of a unit sets. */
export function environmentOf({ text }: Unit): Readonly<Record<string, string>> {
  const lines = [...text.matchAll(/^Environment=(.*)$/gm)].map(([, words]) => words);
  return parseEnvironment(lines.join(' ').replaceAll('%%', '%'));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // a link to nothing, or a folder
  }
}

/** `NAME=value` lines. A name that comes twice (several ExecStart=) keeps its first value. */
export function parseProperties(text: string): UnitProperties {
  const properties: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const equals = line.indexOf('=');
    if (equals > 0) properties[line.slice(0, equals)] ??= line.slice(equals + 1);
  }
  return properties;
}

const spans: Readonly<Record<string, number>> = {
  us: 0.001, ms: 1, s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000,
}; // biome-ignore format: a table

/** `1min 30s` → 90,000; `infinity` → Infinity; null for what is no time span, see systemd.time(7). */
export function parseSpan(text: string | undefined): number | null {
  if (text === undefined || text === '') return null;
  if (text === 'infinity') return Number.POSITIVE_INFINITY;
  let total = 0;
  for (const part of text.split(' ')) {
    const [, amount, unit] = /^([\d.]+)([a-z]*)$/.exec(part) ?? [];
    const span = unit === '' ? spans.s : spans[unit ?? ''];
    if (amount === undefined || span === undefined) return null;
    total += Number(amount) * span;
  }
  return total;
}

/** The words of `Environment=` by name. */
export function parseEnvironment(text: string | undefined): Readonly<Record<string, string>> {
  const words = [...(text ?? '').matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, inQuotes, bare]) => {
    return inQuotes === undefined ? (bare ?? '') : inQuotes.replaceAll(/\\(.)/g, '$1');
  });
  return Object.fromEntries(
    words.map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)] as const),
  );
}
