import { relative } from 'node:path';

/** What a unit is made from; all paths absolute. */
export interface UnitFacts {
  /** The Node that runs it. */
  readonly node: string;
  /** The folder that holds `dist/supervisor/main.js`. */
  readonly installDir: string;
  readonly user: string;
  readonly stateDir: string;
  readonly logDir: string;
  /** Settings, one `NAME=value` a line; read by Tux itself, so that a reload reads it anew. */
  readonly envFile: string;
  /** TUX_STOP_TIMEOUT_MS. */
  readonly stopTimeoutMs: number;
}

/** Beyond the stop timeout: SIGTERM to SIGKILL (3 s), the last notifications (3 s), a disk that takes no write (2 s), and a busy machine. */
const STOP_MARGIN_MS = 15_000;
/** Where systemd makes folders for a unit, see StateDirectory= in systemd.exec(5). */
const MANAGED = { State: '/var/lib', Logs: '/var/log' } as const;
const HOMES = ['/home', '/root', '/run/user'];

/**
 * The text of a unit that runs this installation, hardened as far as Node allows: V8 makes code at run time, so memory must be
 * allowed to become executable, and Tux looks for its own processes below /proc. Pure.
 */
export function unitFile(facts: UnitFacts): string {
  const { node, installDir, user, stateDir, logDir, envFile, stopTimeoutMs } = facts;
  const program = `${argument(node)} ${argument(`${installDir}/dist/supervisor/main.js`)}`;
  return `# Made by: tux-supervisor systemd print
# Changes of your own belong into a drop-in: systemctl edit tux

[Unit]
Description=Tux, a Discord bot, under its supervisor
Wants=network-online.target
After=network-online.target postgresql.service
# Tux itself decides how soon to try again, and how often: see tux-supervisor status.
StartLimitIntervalSec=0

[Service]
# Active once Tux serves. Until then, and during a stop, it asks for more time as long as its supervision is alive.
Type=notify
NotifyAccess=all
ExecStart=${program} start
ExecReload=${program} reload
TimeoutStartSec=60
TimeoutStopSec=${Math.ceil((stopTimeoutMs + STOP_MARGIN_MS) / 1_000)}
WatchdogSec=30

User=${user}
${environment({ NODE_ENV: 'production', TUX_ENV_FILE: envFile, TUX_STATE_DIR: stateDir, TUX_LOG_DIR: logDir })}
WorkingDirectory=${specifiers(stateDir)}
${folder('State', stateDir)}
${folder('Logs', logDir)}
SyslogIdentifier=tux
UMask=0077

# 78: only a human can put it right. 75: please start me again.
Restart=on-failure
RestartSec=5
RestartPreventExitStatus=78
RestartForceExitStatus=75
# The supervisor stops the bot in order; what is left after it is killed.
KillMode=mixed
# When memory runs out the kernel ends the bot, and the supervisor starts it again.
OOMPolicy=continue
MemoryAccounting=yes
TasksAccounting=yes
# A memory dump would hold the token.
LimitCORE=0

NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=${isBelowHome(facts) ? 'read-only' : 'yes'}
PrivateTmp=yes
PrivateDevices=yes
PrivateMounts=yes
DevicePolicy=closed
ProtectProc=invisible
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
KeyringMode=private
LockPersonality=yes
RemoveIPC=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallErrorNumber=EPERM
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources

[Install]
WantedBy=multi-user.target
`;
}

/** Folders that systemd does not make, because they are not where such folders are: they must be there, and the user's. */
export function unmanagedFolders({ stateDir, logDir }: UnitFacts): string[] {
  const folders = [
    [MANAGED.State, stateDir],
    [MANAGED.Logs, logDir],
  ] as const;
  return folders.filter(([parent, path]) => nameBelow(parent, path) === null).map(([, path]) => path);
}

function folder(kind: keyof typeof MANAGED, path: string): string {
  const name = nameBelow(MANAGED[kind], path);
  return name === null
    ? `ReadWritePaths=${quoted(path)}`
    : `${kind}Directory=${quoted(name)}\n${kind}DirectoryMode=0700`;
}

/** Null when it is not below. */
function nameBelow(parent: string, path: string): string | null {
  const name = relative(parent, path);
  return name === '' || name.startsWith('..') ? null : name;
}

function environment(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}`)
    .join('\n');
}

function isBelowHome({ node, installDir, stateDir, logDir, envFile }: UnitFacts): boolean {
  const isBelow = (path: string) => HOMES.some((home) => path === home || path.startsWith(`${home}/`));
  return [node, installDir, stateDir, logDir, envFile].some(isBelow);
}

/** A word of a command line, see "COMMAND LINES" in systemd.service(5). */
function argument(word: string): string {
  return quoted(word).replaceAll('$', '$$$$');
}

/** A word of a list, see "QUOTING" in systemd.syntax(7). */
function quoted(word: string): string {
  const text = specifiers(word);
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}

/** `%` begins a specifier, see systemd.unit(5). */
function specifiers(text: string): string {
  return text.replaceAll('%', '%%');
}
