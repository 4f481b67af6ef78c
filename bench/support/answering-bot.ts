import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { SANDBOX_TOKEN, type Sandbox, startSandbox } from '../../sandbox/index.js';
import { eventually } from '../../tests/support/processes.js';
import { SupervisedTux } from '../supervised-tux.js';
import { peerProgram } from './peer.js';
import { pidOf, SHORTEST_WAIT } from './small-supervision.js';

/** Far above what a bot can do: the limits of Discord are not what is measured. */
const NO_LIMIT = { limit: 1_000_000, windowMs: 1_000 };

/** A bot that answers `$roll` and `/roll`, with a sandbox of its own. */
export interface AnsweringBot {
  readonly name: string;
  readonly sandbox: Sandbox;
  /** The pid of the process that talks to Discord. */
  readonly pid: number;
  stop(): Promise<void>;
}

/** Tux as it is installed: supervisor, embedded database, log file. @param folder of its own. */
export async function startTux(folder: string): Promise<AnsweringBot> {
  const sandbox = await generousSandbox();
  const tux = new SupervisedTux(sandbox, folder, { TUX_STANDBY: 'off' }, SHORTEST_WAIT);
  const stop = async () => {
    await tux.stop();
    await sandbox.close();
  };
  await tux.until('commands:registered').catch(async (error) => {
    await stop();
    throw error;
  });
  return { name: 'Tux', sandbox, pid: await tux.workerPid(), stop };
}

/** A bot of another kind. @param program of `bench/peers/`, which prints a line when it is ready. */
export async function startPeer(name: string, program: string): Promise<AnsweringBot> {
  const sandbox = await generousSandbox();
  const child = spawn(process.execPath, [peerProgram(program)], {
    env: { PATH: process.env.PATH, DISCORD_TOKEN: SANDBOX_TOKEN, DISCORD_API_URL: sandbox.apiUrl },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    await sandbox.close();
  };
  try {
    await isReady(child);
    await eventually(`${name} has registered its commands`, () => sandbox.recorder.counters.commandPuts > 0);
  } catch (error) {
    await stop();
    throw error;
  }
  return { name, sandbox, pid: pidOf(child), stop };
}

async function generousSandbox(): Promise<Sandbox> {
  const sandbox = await startSandbox();
  sandbox.rateLimits.set('POST /channels/:id/messages', NO_LIMIT);
  sandbox.rateLimits.set('POST /interactions/:id/:token/callback', NO_LIMIT);
  return sandbox;
}

/** Resolves at the first line of a bot. Its output is read on afterwards, so that the pipe never fills. */
function isReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('close', (code) => reject(new Error(`the bot ended with ${code} before it was ready`)));
    child.stdout?.on('data', () => resolve());
  });
}
