import { resolve } from 'node:path';
import { systemClock } from '../../shared/clock.js';
import { describeBuild } from '../../shared/control/build.js';
import type { DeployResult } from '../../shared/control/deploy-result.js';
import type { Status } from '../../shared/control/status.js';
import type { SupervisorClient } from '../../shared/control/supervisor-client.js';
import { ExitCode } from '../../shared/exit-codes.js';
import { packageRoot } from '../../shared/package.js';

/** How often somebody who watches is shown how far it is. */
const LOOK_EVERY_MS = 100;

export interface DeployOptions {
  /** Default: the build that this command belongs to. */
  readonly folder: string | undefined;
  readonly force: boolean;
  /** A terminal, on which one line says how far it is; null: nobody watches. */
  readonly progress: { write(text: string): unknown } | null;
}

/**
 * Has a build brought into service, and waits until it serves or is refused.
 *
 * @throws TuxError as `SupervisorClient.deploy`; TUX_NO_BUILD (exit 64), TUX_DEPLOYING (exit 1).
 */
export async function deploy(
  client: Pick<SupervisorClient, 'deploy' | 'status'>,
  { folder, force, progress }: DeployOptions,
): Promise<DeployResult> {
  const root = folder === undefined ? packageRoot() : resolve(folder);
  const done = new AbortController();
  const watching = progress && showProgress(client, progress, done.signal);
  try {
    return await client.deploy({ by: 'tux-supervisor deploy', root, force });
  } finally {
    done.abort();
    await watching;
  }
}

/** `tux-supervisor deploy` for people: what came of it, and what to do. Pure. */
export function formatDeploy(result: DeployResult): string {
  const { outcome, previous, problems, preflightMs, swapMs, pid } = result;
  const build = describeBuild(result.build);
  const list = problems.map((problem) => `   ${problem}`);
  switch (outcome) {
    case 'unchanged':
      return `✅ ${build} serves already; to restart it: tux-supervisor restart`;
    case 'refused':
      return [
        `❌ ${build} does not take over, as it is no good:`,
        ...list,
        `${previous ? describeBuild(previous) : 'The worker'} serves on, and has not noticed. Put it right and deploy again`,
      ].join('\n');
    case 'swapped-back':
      return [
        `❌ ${build} took over and failed:`,
        ...list,
        `${previous ? describeBuild(previous) : 'The build before'} takes over again. See: tux-supervisor logs`,
      ].join('\n');
    case 'deployed':
      return [
        `✅ ${build} serves, pid ${pid}: looked at for ${seconds(preflightMs)}, ready ${seconds(swapMs)} after the swap`,
        ...(list.length === 0 ? [] : ['⚠️ Not as it should be:', ...list]),
        '   For a minute it is watched: if it fails, the build before takes over again, and you are told',
      ].join('\n');
  }
}

/** 78 for a build that was refused, 1 for one that was swapped back, else 0. */
export function exitCodeOfDeploy({ outcome }: Pick<DeployResult, 'outcome'>): ExitCode {
  if (outcome === 'refused') return ExitCode.CONFIG;
  return outcome === 'swapped-back' ? ExitCode.FAILURE : ExitCode.OK;
}

const stages: Readonly<Record<NonNullable<Status['deploy']>['stage'], string>> = {
  preflight: '🔧 Looking at the new build …',
  swap: '🔧 Swapping …',
  watched: '🔧 Ready',
};

async function showProgress(
  client: Pick<SupervisorClient, 'status'>,
  terminal: { write(text: string): unknown },
  signal: AbortSignal,
): Promise<void> {
  try {
    for (;;) {
      const { deploy: underWay } = await client.status(signal);
      if (underWay) terminal.write(`\r\x1b[K${stages[underWay.stage]}`);
      await systemClock.sleep(LOOK_EVERY_MS, signal);
    }
  } catch {
    terminal.write('\r\x1b[K'); // done, or the command itself says why not
  }
}

function seconds(ms: number | null): string {
  return `${((ms ?? 0) / 1000).toFixed(1)} s`;
}
