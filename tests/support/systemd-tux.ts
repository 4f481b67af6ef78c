import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { APIMessage } from 'discord-api-types/v10';
import { SANDBOX_IDS, SANDBOX_TOKEN, type Sandbox, startSandbox } from '../../sandbox/index.js';
import type { RunRecord } from '../../shared/control/run-record.js';
import { SupervisorClient } from '../../shared/control/supervisor-client.js';
import { resolvePaths } from '../../shared/paths.js';
import { readHistory } from '../../supervisor/history/run-history.js';
import { makeEmbedded } from './database-backends.js';
import { disposeAll } from './dispose-all.js';
import { eventually } from './processes.js';
import { type CommandResult, SystemdMachine } from './systemd.js';

const PROGRAM = ['node', '/opt/tux/dist/supervisor/main.js'] as const;
const ENV_FILE = '/etc/tux.env';
const DROP_IN = '/etc/systemd/system/tux.service.d/test.conf';

/** Tux on a machine with systemd, as its README says to install it, and a Discord in this process. */
export class SystemdTux {
  readonly machine: SystemdMachine;
  readonly sandbox: Sandbox;

  private constructor(machine: SystemdMachine, sandbox: Sandbox) {
    this.machine = machine;
    this.sandbox = sandbox;
  }

  /** A machine with the programs, a user and a state folder with a database; neither settings nor a unit. */
  static async create(): Promise<SystemdTux> {
    const machine = await SystemdMachine.boot();
    const tux = new SystemdTux(machine, await startSandbox());
    try {
      await tux.#makeDatabase();
    } catch (error) {
      await tux.dispose();
      throw error;
    }
    return tux;
  }

  /** `tux-supervisor` as root. */
  command(...args: string[]): Promise<CommandResult> {
    return this.machine.run(...PROGRAM, ...args);
  }

  /** `tux-supervisor` as the user of the service. */
  commandAsUser(...args: string[]): Promise<CommandResult> {
    return this.machine.run('runuser', '-u', 'tux', '--', ...PROGRAM, ...args);
  }

  /** Replaces the file of settings; those that lead to the sandbox are always in it. */
  async configure(settings: Readonly<Record<string, string>>): Promise<void> {
    const all = {
      DISCORD_TOKEN: SANDBOX_TOKEN,
      DISCORD_API_URL: this.sandbox.apiUrl,
      TUX_OWNER_IDS: SANDBOX_IDS.users.owner,
      ...settings,
    };
    const lines = Object.entries(all).map(([name, value]) => `${name}=${value}\n`);
    await this.machine.must('install', '-D', '-m', '0640', '-g', 'tux', '/dev/null', ENV_FILE);
    await writeFile(this.machine.path(ENV_FILE), lines.join(''));
  }

  /** Replaces the test's own changes to the unit, which is to stay as it was made. */
  async adapt(...lines: string[]): Promise<void> {
    await this.machine.must('install', '-D', '-m', '0644', '/dev/null', DROP_IN);
    await writeFile(this.machine.path(DROP_IN), `[Service]\n${lines.join('\n')}\n`);
    await this.machine.must('systemctl', 'daemon-reload');
  }

  /** Asks the supervisor from out here. */
  get client(): SupervisorClient {
    return new SupervisorClient(this.machine.path('/var/lib/tux'));
  }

  history(): Promise<RunRecord[]> {
    return readHistory(this.machine.path('/var/lib/tux/history.jsonl'));
  }

  /** How a worker ended. The next one may serve before that is written. */
  async endOf(worker: string): Promise<RunRecord | undefined> {
    let end: RunRecord | undefined;
    await eventually(`the end of worker ${worker} is in the history`, async () => {
      end = (await this.history()).find(({ pid }) => String(pid) === worker);
      return end !== undefined;
    });
    return end;
  }

  /** Says something and waits for the bot's answer to it. */
  async ask(text: string): Promise<APIMessage> {
    const { id } = this.sandbox.actors.say({ text, as: 'owner' });
    return this.sandbox.recorder.waitForMessage(({ message_reference }) => message_reference?.message_id === id);
  }

  async dispose(): Promise<void> {
    await disposeAll(
      () => this.machine.dispose(),
      () => this.sandbox.close(),
    );
  }

  /** Making one takes Tux seconds; the copy belongs to root until systemd gives the folder to the user. */
  async #makeDatabase(): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'tux-machine-'));
    try {
      const paths = resolvePaths({ stateDir: folder, logDir: folder });
      await makeEmbedded(paths);
      await this.machine.must('mkdir', '-p', '/var/lib/tux');
      await this.machine.copyIn(paths.databaseDir, '/var/lib/tux/');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}
