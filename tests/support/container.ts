import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { readProcStat } from '../../shared/process-identity.js';
import { Dockerfile } from './dockerfile.js';
import { childrenOf, eventually } from './processes.js';
import { Program } from './tux-rig.js';

const root = resolve(import.meta.dirname, '../..');
const SCRIPT = join(import.meta.dirname, 'container.sh');
/** Programs of this machine that the image has of its own. */
const PROGRAMS = '/opt/programs';
const PATH = `${PROGRAMS}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
/** A user without rights who is 1000 inside: as the image says, and as Kubernetes insists. */
const AS_USER = ['--user', '--map-user=1000', '--map-group=1000', '--keep-caps'];
const NAMESPACES = ['--mount', '--uts', '--pid', '--fork', '--kill-child'];
const WITHOUT_RIGHTS = ['--no-new-privs', '--inh-caps=-all', '--ambient-caps=-all', '--bounding-set=-all', '--'];

/** Why there can be no containers on this machine; null where there can. */
export function whyNoContainers(): string | null {
  const { status, stderr, error } = spawnSync('unshare', [...AS_USER, ...NAMESPACES, '--mount-proc', 'true']);
  return status === 0 ? null : `no namespaces for containers here: ${error?.message ?? stderr.toString().trim()}`;
}

/** The command that runs a program in a PID namespace and with a hostname of its own, on this machine's files. */
export function inNamespaces(hostname: string, ...command: string[]): string[] {
  const setHostname = 'hostname "$0" && exec "$@"';
  return ['unshare', ...AS_USER, ...NAMESPACES, '--mount-proc', 'sh', '-c', setHostname, hostname, ...command];
}

export interface ContainerOptions {
  /** As `docker run --hostname`. */
  readonly hostname: string;
  /** As `--env`, on top of what the image sets. */
  readonly env: Readonly<Record<string, string>>;
  /** As `--volume`: folders of this machine by their path in the container. */
  readonly volumes: Readonly<Record<string, string>>;
  /** As `--entrypoint`. */
  readonly entrypoint?: readonly string[];
  /** Programs of this machine that the image is to have. */
  readonly programs: Readonly<Record<string, string>>;
}

/**
 * What `docker run --read-only --cap-drop ALL` makes of `deploy/Dockerfile`, without an engine: its files (with production
 * dependencies only), user, environment, entrypoint and volumes, in namespaces. The system below is this machine's.
 */
export class Container {
  readonly program: Program;
  readonly #scratch: string;
  readonly #env: Readonly<Record<string, string>>;

  private constructor(child: ChildProcess, scratch: string, env: Readonly<Record<string, string>>) {
    this.program = new Program(child);
    this.#scratch = scratch;
    this.#env = env;
    void this.program.ended.then(() => rmSync(scratch, { recursive: true, force: true }));
  }

  static run(options: ContainerOptions): Container {
    const image = new Dockerfile();
    const scratch = mkdtempSync(join(tmpdir(), 'tux-container-'));
    mkdirSync(join(scratch, 'root'));
    for (const folder of Object.values(options.volumes)) mkdirSync(folder, { recursive: true });
    writeFileSync(join(scratch, 'plan'), `${planOf(image, options).join('\n')}\n`);
    const env = { PATH, HOME: '/tmp', ...image.environment, ...options.env };
    const command = [...(options.entrypoint ?? image.exec('ENTRYPOINT')), ...image.exec('CMD')];
    const place = [join(scratch, 'root'), join(scratch, 'plan'), options.hostname, image.text('WORKDIR')];
    const child = spawn('unshare', [...AS_USER, ...NAMESPACES, 'sh', SCRIPT, ...place, ...command], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new Container(child, scratch, env);
  }

  /** The pid, on this machine, of process 1 of the container. */
  get initPid(): number {
    const pid = processOneOf(this.program.pid);
    if (pid === null) throw new Error(`the container has ended:\n${this.program.log.text}`);
    return pid;
  }

  /** As `docker kill --signal`: process 1 gets it. */
  kill(signal: NodeJS.Signals): void {
    process.kill(this.initPid, signal);
  }

  /** As `docker exec`. */
  exec(...command: string[]): { code: number | null; output: string } {
    const enter = [`--target=${this.initPid}`, '--user', '--preserve-credentials', '--mount', '--uts', '--pid', '--wd'];
    const { status, stdout, stderr } = spawnSync('nsenter', [...enter, 'setpriv', ...WITHOUT_RIGHTS, ...command], {
      env: this.#env,
      encoding: 'utf8',
    });
    return { code: status, output: stdout + stderr };
  }

  /** Pids of dead processes whose parent is process 1, which has not reaped them. */
  zombies(): number[] {
    return childrenOf(this.initPid).filter((pid) => readProcStat(pid)?.state === 'Z');
  }

  /** Ends it, whatever it does, and waits until nothing of it is left. */
  async dispose(): Promise<void> {
    this.program.kill('SIGKILL');
    await this.program.ended;
    await eventually('the files of the container are gone', () => !existsSync(this.#scratch));
  }
}

/** The pid, on this machine, of process 1 in the namespaces that `unshare` made; null when it has ended. */
export function processOneOf(unsharePid: number): number | null {
  return childrenOf(unsharePid)[0] ?? null;
}

/** What lies where, see container.sh. */
function planOf(image: Dockerfile, { volumes, programs }: ContainerOptions): string[] {
  const system = ['/usr', '/etc', '/bin', '/sbin', '/lib', '/lib64'].filter((path) => existsSync(path));
  return [
    'rw /dev /dev',
    ...system.map((path) =>
      lstatSync(path).isSymbolicLink() ? `link ${readlinkSync(path)} ${path}` : `ro ${path} ${path}`,
    ),
    ...Object.entries({ node: process.execPath, ...programs }).map(([name, path]) => `ro ${path} ${PROGRAMS}/${name}`),
    ...image.copies.flatMap(({ from, sources, to }) => sources.flatMap((source) => placed(from, source, to))),
    ...Object.entries(volumes).map(([path, folder]) => `rw ${folder} ${path}`),
  ];
}

/** Of the stages that build, this checkout has the results; of its dependencies the image gets those of production. */
function placed(from: string | null, source: string, to: string): string[] {
  if (basename(source) === 'node_modules') {
    return productionPackages().map((path) => `ro ${join(root, path)} ${dirname(to)}/${path}`);
  }
  const path = join(root, from === null ? source : basename(source));
  return [`ro ${path} ${to.endsWith('/') ? `${to}${basename(source)}` : to}`];
}

/** Folders of the packages that `npm ci --omit=dev` installs, those inside others left out. */
function productionPackages(): string[] {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean }>;
  };
  return Object.entries(packages)
    .filter(([path, { dev }]) => /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) && !dev && existsSync(join(root, path)))
    .map(([path]) => path);
}
