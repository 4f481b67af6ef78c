import { systemClock } from '../../shared/clock.js';
import type { Config } from '../../shared/config/load.js';
import type { InstanceLock } from '../../shared/instance-lock.js';
import type { Logger } from '../../shared/logging/logger.js';
import { compiledProgram } from '../../shared/package.js';
import { endLeftover } from '../worker/leftover.js';
import { type SandboxProcess, startSandbox } from './sandbox-process.js';

export interface SandboxSessionOptions {
  readonly config: Pick<Config, 'paths'>;
  /** Of the supervisor. */
  readonly lock: InstanceLock;
  readonly log: Logger;
  /** Ends the wait for its start. */
  readonly signal: AbortSignal;
  /** It ended although nobody asked it to. */
  readonly onLost: () => void;
}

/** The local Discord of this supervisor. */
export interface SandboxSession {
  readonly sandbox: SandboxProcess;
  /** Stops it; resolves when it has written its world down. */
  stop(): Promise<void>;
}

/** Starts the local Discord, after what an earlier supervisor may have left behind of it has ended. */
export async function openSandbox(options: SandboxSessionOptions): Promise<SandboxSession> {
  const { config, lock, log, signal, onLost } = options;
  // The sandbox of a supervisor that was killed still holds its messages, and waits for its bot to log out.
  await endLeftover(config.paths.botLock, log, systemClock, () => lock.assertHeld());
  await endLeftover(config.paths.sandboxLock, log, systemClock, () => lock.assertHeld());
  const sandbox = await startSandbox(
    { program: compiledProgram('sandbox'), dataFile: config.paths.sandboxState, lockFile: config.paths.sandboxLock },
    signal,
  );
  let isWanted = true;
  const { apiUrl, controlUrl, pid } = sandbox;
  log.info({ event: 'sandbox:started', apiUrl, controlUrl, pid }, `✅ Sandbox: a local Discord at ${apiUrl}`);
  void sandbox.exited.then(() => {
    if (!isWanted) return;
    log.error({ event: 'sandbox:ended' }, '❌ The sandbox ended by itself; Tux has no Discord any more');
    onLost();
  });
  return {
    sandbox,
    stop() {
      isWanted = false;
      return sandbox.stop();
    },
  };
}
