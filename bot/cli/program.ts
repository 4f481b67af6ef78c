import { Command } from 'commander';
import { addSandboxCommands } from '../../sandbox/cli/commands.js';
import { addCompletionCommand } from '../../shared/cli/completion.js';
import { loadDatabaseSettings, readEnvironment, resolveFolders } from '../../shared/config/load.js';
import { SupervisorClient } from '../../shared/control/supervisor-client.js';
import { packageFile, packageVersion } from '../../shared/package.js';
import { addCogCommands } from './cog.js';
import { addConfigCommands } from './config.js';
import { addDatabaseCommands } from './db.js';
import { addDockerCommands } from './docker.js';
import { findControlUrl } from './find-sandbox.js';
import { addInsightCommands } from './insight.js';

/** The command line of `tux`: the bot's own commands. Running it is `tux-supervisor`'s business. */
export function tuxProgram(): Command {
  const program = new Command('tux')
    .description('Commands of Tux, the bot. To run it, see tux-supervisor.')
    .version(packageVersion());
  const readerGone = new AbortController();
  const write = (text: string) => {
    process.stdout.write(text, (error) => {
      if (error) readerGone.abort(error);
    });
  };
  const writeError = (text: string) => void process.stderr.write(text);
  const setExitCode = (code: number) => {
    process.exitCode = code;
  };
  const signal = abortOnSignal();
  addInsightCommands(program, {
    ask: () => new SupervisorClient(resolveFolders(readEnvironment()).stateDir).workerDetails(),
    write,
    writeError,
    setExitCode,
  });
  addConfigCommands(program);
  addCogCommands(program, {
    write,
    setExitCode,
  });
  addDatabaseCommands(program, {
    loadSettings: () => {
      const raw = readEnvironment();
      return { settings: loadDatabaseSettings(raw), paths: resolveFolders(raw) };
    },
    write,
    writeError,
    setExitCode,
    signal,
  });
  addDockerCommands(program, {
    composeFile: packageFile('deploy/compose.yaml'),
    env: process.env,
    setExitCode,
    signal,
  });
  addSandboxCommands(program, { findControlUrl, write, signal: AbortSignal.any([signal, readerGone.signal]) });
  addCompletionCommand(program);
  return program;
}

/** The first Ctrl-C ends what runs in order; a second one finds the default handler and ends the process. */
function abortOnSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => controller.abort(new Error(`stopped by ${signal}`, { cause: signal })));
  }
  return controller.signal;
}
