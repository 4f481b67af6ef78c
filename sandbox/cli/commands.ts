import type { Command } from 'commander';
import { addActingCommands } from './acting-commands.js';
import { addChangingCommands } from './changing-commands.js';
import { ControlClient } from './control-client.js';
import { addEventCommands } from './event-commands.js';
import { addWatchingCommands } from './watching-commands.js';

/** What the commands need from the program around them. */
export interface SandboxCommandDeps {
  /** The control interface of the sandbox that runs; rejects with a TuxError when none does. */
  findControlUrl(): Promise<string>;
  /** Standard output. */
  write(text: string): void;
  /** Ends `tail -f`. */
  readonly signal?: AbortSignal;
}

/**
 * Adds `sandbox` with its subcommands. Their actions reject with a TuxError whose `exitCode` the program should end with:
 * FAILURE (1) when the bot did not answer or the sandbox refused, UNAVAILABLE when there is no sandbox.
 */
export function addSandboxCommands(program: Command, deps: SandboxCommandDeps): void {
  const sandbox = program.command('sandbox').description('act as the people of the local Discord, and break it');
  const connect = async () => new ControlClient(await deps.findControlUrl());
  addActingCommands(sandbox, deps, connect);
  addChangingCommands(sandbox, deps, connect);
  addEventCommands(sandbox, deps, connect);
  addWatchingCommands(sandbox, deps, connect);
}
