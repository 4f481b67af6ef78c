import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { errnoOf, TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';

/** What the commands need from the program around them. */
export interface DockerCommandDeps {
  /** Absolute path of `deploy/compose.yaml`. */
  readonly composeFile: string;
  /** Where `docker` is looked for, and what it gets. */
  readonly env: NodeJS.ProcessEnv;
  setExitCode(code: number): void;
  /** Aborts on Ctrl-C and SIGTERM; the cause of its reason is the name of the signal. */
  readonly signal: AbortSignal;
}

const subcommands: Readonly<Record<string, string>> = {
  up: 'start Tux and its database in containers; --build after an update, --detach to leave them running',
  down: 'stop and remove the containers; what they wrote stays in volumes, unless --volumes is given',
  ps: 'show the containers and how they are',
  logs: 'show what they printed; --follow goes on',
};

/** Adds `docker up`, `down`, `ps` and `logs`: `docker compose` with our file. All that follows goes to it as it is. */
export function addDockerCommands(program: Command, deps: DockerCommandDeps): void {
  const docker = program
    .command('docker')
    .description('run Tux in containers: docker compose with deploy/compose.yaml');
  for (const [name, description] of Object.entries(subcommands)) {
    docker
      .command(name)
      .description(description)
      .argument('[arguments...]', `for docker compose ${name}`)
      .allowUnknownOption()
      .action((args: string[]) => compose([name, ...args], deps));
  }
}

async function compose(args: readonly string[], deps: DockerCommandDeps): Promise<void> {
  checkFiles(deps.composeFile);
  const code = await run(['compose', '-f', deps.composeFile, ...args], 'inherit', deps);
  if (code !== 0 && !deps.signal.aborted) await explain(deps);
  deps.setExitCode(code);
}

/** @throws TuxError TUX_DOCKER (exit 69) outside of a checkout; TUX_CONFIG (exit 78) before there are settings. */
function checkFiles(composeFile: string): void {
  if (!existsSync(composeFile)) {
    throw unavailable(`There is no ${composeFile}`, 'use a checkout of the repository: the image is built from it');
  }
  const settings = join(dirname(composeFile), '.env');
  if (existsSync(settings)) return;
  throw new TuxError('TUX_CONFIG', `There is no ${settings}`, {
    exitCode: ExitCode.CONFIG,
    hint: 'copy example.env beside it, and fill it in',
  });
}

/**
 * `docker compose` has said what is wrong; but of what is missing altogether it says so in a roundabout way, if at all.
 *
 * @throws TuxError TUX_DOCKER (exit 69) without the compose plugin or without an engine.
 */
async function explain(deps: DockerCommandDeps): Promise<void> {
  if ((await run(['compose', 'version'], 'ignore', deps)) !== 0) {
    throw unavailable('This docker has no compose plugin', 'install the package docker-compose-plugin');
  }
  if ((await run(['version', '--format', '{{.Server.Version}}'], 'ignore', deps)) !== 0) {
    throw unavailable(
      'No Docker engine answers',
      'start it (systemctl start docker), or become a member of the group docker if it is only denied to you',
    );
  }
}

/**
 * Runs `docker` to its end.
 *
 * @returns its exit code; of a signal the code that a shell would give.
 * @throws TuxError TUX_DOCKER (exit 69) when there is no such program.
 */
async function run(args: readonly string[], stdio: 'inherit' | 'ignore', deps: DockerCommandDeps): Promise<number> {
  const { signal, env } = deps;
  const child = spawn('docker', args, { stdio, env });
  // A terminal sends its Ctrl-C to both of us, and compose takes a second one for "at once".
  const handOn = () => {
    if ((signal.reason as Error).cause === 'SIGTERM') child.kill('SIGTERM');
  };
  signal.addEventListener('abort', handOn);
  try {
    const [code, killedBy] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    return code ?? 128 + (killedBy === null ? 0 : constants.signals[killedBy]);
  } catch (cause) {
    if (errnoOf(cause) !== 'ENOENT') throw cause;
    throw unavailable('There is no docker program here', 'install Docker Engine with its compose plugin', cause);
  } finally {
    signal.removeEventListener('abort', handOn);
  }
}

function unavailable(message: string, hint: string, cause?: unknown): TuxError {
  return new TuxError('TUX_DOCKER', message, { exitCode: ExitCode.UNAVAILABLE, hint, cause });
}
