import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect, promisify } from 'node:util';
import { deadline } from '../../shared/deadline.js';

const root = resolve(import.meta.dirname, '../..');
const SCRIPT = join(import.meta.dirname, 'systemd-machine.sh');
const SYSTEMD = '/lib/systemd/systemd';
/** What the script and this file call, and where Debian has it. */
const NEEDED = [
  [SYSTEMD, 'systemd'],
  ['/usr/bin/systemd-notify', 'systemd'],
  ['/usr/bin/nsenter', 'util-linux'],
  ['/usr/bin/unshare', 'util-linux'],
  ['/usr/bin/setpriv', 'util-linux'],
] as const;
/** That of Debian 12. */
const MIN_VERSION = 252;
const BOOT_LIMIT_MS = 20_000;
/** systemd tells nobody out here. */
const POLL_MS = 100;
const COMMAND_LIMIT_MS = 30_000;
/** How `unshare` ends when PID 1 restarted its machine, or switched it off: as the kernel ends PID 1 then, see reboot(2). */
const OFF = { rebooted: 129, poweredOff: 130 } as const;

/** How a command in the machine went. */
export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  /** Both, as they came. */
  readonly output: string;
}

/** One entry of the journal, as `journalctl -o json` has it. */
export interface JournalEntry {
  readonly MESSAGE: string;
  readonly PRIORITY?: string;
  readonly SYSLOG_IDENTIFIER?: string;
  readonly _PID?: string;
  readonly _SYSTEMD_UNIT?: string;
}

/**
 * A machine with a real systemd as PID 1, in namespaces of its own (see systemd-machine.sh). It takes half a second to boot,
 * and its state lives in memory: what was written survives {@link reboot} and is gone after {@link dispose}, which leaves no
 * process, mount, control group or file on this machine.
 */
export class SystemdMachine {
  readonly #script: ChildProcess;
  readonly #lines: Interface;
  readonly #unread: string[] = [];
  #complaints = '';
  #pid = 0;
  #hasEnded = false;

  private constructor(script: ChildProcess) {
    this.#script = script;
    script.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#complaints += text;
    });
    this.#lines = createInterface({ input: script.stdout as NodeJS.ReadableStream });
    this.#lines.on('line', (line) => this.#unread.push(line));
    script.once('close', () => {
      this.#hasEnded = true;
      this.#lines.emit('line', 'ended');
    });
  }

  /**
   * Boots one. The compiled checkout is at /opt/tux in it, and Node at /usr/local/bin/node.
   *
   * @throws Error that names what is missing: it takes root (for mounts and control groups) and systemd 252 or newer.
   */
  static async boot(): Promise<SystemdMachine> {
    assertPossible();
    // Detached: Ctrl-C ends the test, whose end ends the machine.
    const script = spawn(SCRIPT, [root, process.execPath], { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    const machine = new SystemdMachine(script);
    await machine.#waitUntilUp();
    return machine;
  }

  /** Runs a command in it and waits for its end. */
  async run(program: string, ...args: string[]): Promise<CommandResult> {
    const child = this.#enter([program, ...args]);
    let stdout = '';
    let output = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      output += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    const what = `${program} ${args.join(' ')}`;
    try {
      const [code] = await deadline(what, COMMAND_LIMIT_MS, () => once(child, 'close'));
      return { code: code as number | null, stdout, output };
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  }

  /** Runs a command that must succeed. @returns what it printed, without the last line break. */
  async must(program: string, ...args: string[]): Promise<string> {
    const { code, stdout, output } = await this.run(program, ...args);
    if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}:\n${output}`);
    return stdout.trimEnd();
  }

  /** Where a file of the machine is for programs out here, while it is up. */
  path(inside: string): string {
    return `/proc/${this.#pid}/root${inside}`;
  }

  /** Copies files or folders from out here into it. */
  async copyIn(from: string, to: string): Promise<void> {
    await promisify(execFile)('cp', ['-a', from, this.path(to)]);
  }

  /** A property of a unit, e.g. `ActiveState`. */
  show(unit: string, property: string): Promise<string> {
    return this.must('systemctl', 'show', unit, '--property', property, '--value');
  }

  /** Waits until the properties of a unit have these values. */
  async untilUnit(unit: string, wanted: Readonly<Record<string, string | RegExp>>, timeoutMs = 40_000): Promise<void> {
    const giveUpAt = performance.now() + timeoutMs;
    for (;;) {
      const seen = await this.#properties(unit, Object.keys(wanted));
      if (Object.entries(wanted).every(([name, value]) => fits(seen.get(name) ?? '', value))) return;
      if (performance.now() > giveUpAt) {
        const { output } = await this.run('journalctl', '--no-pager', '--lines', '60');
        const [is, should] = [Object.fromEntries(seen), wanted].map((values) => inspect(values));
        throw new Error(`Not within ${timeoutMs} ms: ${unit} is ${is} and should be ${should}\n${output}`);
      }
      await sleep(POLL_MS);
    }
  }

  /** Pids, out here, of everything in the control group of a unit; the group of one that has stopped is gone, and empty. */
  async pidsOf(unit: string): Promise<number[]> {
    const group = await this.show(unit, 'ControlGroup');
    if (group === '') return [];
    const unified = this.path('/sys/fs/cgroup/cgroup.procs');
    const top = existsSync(unified) ? '/sys/fs/cgroup' : '/sys/fs/cgroup/systemd';
    const { stdout } = await this.run('cat', `${top}${group}/cgroup.procs`);
    return stdout.split('\n').filter(Boolean).map(Number);
  }

  /** Entries of the journal of a unit, oldest first. */
  async journal(unit: string): Promise<JournalEntry[]> {
    const text = await this.must('journalctl', '--unit', unit, '--output', 'json', '--no-pager');
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as JournalEntry);
  }

  /** Leaves no room on its disk. */
  async fillDisk(): Promise<void> {
    const { stdout } = await this.#outside('df', '--output=used', '/mnt');
    await this.#outside('mount', '-o', `remount,size=${stdout.split('\n')[1]?.trim()}k`, '/mnt');
  }

  /** Makes room again. */
  async freeDisk(): Promise<void> {
    await this.#outside('mount', '-o', 'remount,size=50%', '/mnt');
  }

  /** Restarts it in order, as `systemctl reboot` does, and waits until it is up again. */
  async reboot(): Promise<void> {
    await this.run('systemctl', 'reboot');
    await this.#waitUntilOff(OFF.rebooted);
    await this.#waitUntilUp();
  }

  /** Cuts its power, and checks that nothing is left of it. */
  async dispose(): Promise<void> {
    this.#script.stdin?.end();
    if (!this.#hasEnded) await deadline('switching the machine off', BOOT_LIMIT_MS, () => once(this.#script, 'close'));
    const groups = await listGroups(`tux-machine-${this.#script.pid}`);
    if (groups.length > 0) throw new Error(`left behind: ${groups.join(' ')}\n${this.#complaints}`);
  }

  async #properties(unit: string, names: readonly string[]): Promise<Map<string, string>> {
    const text = await this.must('systemctl', 'show', unit, '--property', names.join(','));
    return new Map(
      text.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
  }

  /** Runs a command where the script is, which keeps what outlives a reboot. */
  #outside(...command: string[]): Promise<{ stdout: string }> {
    return promisify(execFile)('nsenter', [`--target=${this.#script.pid}`, '--mount', '--', ...command]);
  }

  #enter(command: readonly string[]): ChildProcess {
    return spawn('nsenter', [`--target=${this.#pid}`, '--all', '--root', '--wd', '--', ...command], {
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  async #waitUntilUp(): Promise<void> {
    const line = await this.#nextLine();
    if (!line.startsWith('up '))
      throw new Error(`the machine did not boot (${line}); a container needs --privileged\n${this.#complaints}`);
    this.#pid = Number(line.slice(3));
  }

  async #waitUntilOff(status: number): Promise<void> {
    const line = await this.#nextLine();
    if (line !== `off ${status}`) throw new Error(`the machine ended otherwise: ${line}\n${this.#complaints}`);
  }

  async #nextLine(): Promise<string> {
    if (this.#unread.length === 0) await deadline('the machine', BOOT_LIMIT_MS, () => once(this.#lines, 'line'));
    return this.#unread.shift() ?? '';
  }
}

function fits(value: string, wanted: string | RegExp): boolean {
  return typeof wanted === 'string' ? value === wanted : wanted.test(value);
}

function assertPossible(): void {
  const missing = NEEDED.filter(([path]) => !existsSync(path)).map(
    ([path, name]) => `${path} (Debian package ${name})`,
  );
  if (missing.length > 0) throw new Error(`Tests with a real systemd need ${missing.join(', ')}`);
  const version = Number(/^systemd (\d+)/.exec(spawnSync(SYSTEMD, ['--version'], { encoding: 'utf8' }).stdout)?.[1]);
  if (!(version >= MIN_VERSION))
    throw new Error(`Tests with a real systemd need ${MIN_VERSION} or newer, this is ${version}`);
  if (process.getuid?.() !== 0) {
    throw new Error(
      'Tests with a real systemd need root: they mount file systems and make control groups of their own',
    );
  }
}

/** Control groups with this name in any hierarchy. */
async function listGroups(name: string): Promise<string[]> {
  const top = '/sys/fs/cgroup';
  const folders = [top, ...(await readdir(top)).map((hierarchy) => join(top, hierarchy))];
  return folders.map((folder) => join(folder, name)).filter((path) => existsSync(path));
}
