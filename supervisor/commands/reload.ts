import type { ReloadResult } from '../../shared/control/reload-result.js';
import { SupervisorClient } from '../../shared/control/supervisor-client.js';
import { isTuxError, TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';
import type { Paths } from '../../shared/paths.js';

type Change = ReloadResult['changes'][number];

const headings: Record<Change['takesEffect'], string> = {
  now: '✅ Changed:',
  restart: '⚠️ Needs tux-supervisor restart:',
  'supervisor-restart': '⚠️ Needs tux-supervisor itself to be stopped and started:',
};

/**
 * Has the supervisor and Tux read their settings anew.
 *
 * @throws TuxError TUX_CONFIG (exit 78) with every problem, TUX_NOT_RUNNING (exit 69) when there is nobody to ask.
 */
export async function reload(paths: Paths): Promise<ReloadResult> {
  try {
    return await new SupervisorClient(paths.stateDir).reload();
  } catch (error) {
    if (!isTuxError(error) || error.code !== 'TUX_NOT_RUNNING') throw error;
    const { message, hint } = error;
    throw new TuxError(error.code, message, { cause: error, exitCode: ExitCode.UNAVAILABLE, ...(hint && { hint }) });
  }
}

/** `tux-supervisor reload` for people: what counts from now on, and what waits for a restart. */
export function formatReload({ changes, workerReloaded }: ReloadResult): string {
  const lines = Object.entries(headings).flatMap(([takesEffect, heading]) => {
    const group = changes.filter((change) => change.takesEffect === takesEffect);
    return group.length === 0 ? [] : [heading, ...group.map(({ name, from, to }) => `   ${name}: ${from} → ${to}`)];
  });
  if (lines.length === 0) lines.push('✅ Nothing has changed');
  if (workerReloaded === false) lines.push('⚠️ Tux has not confirmed it: see tux-supervisor logs');
  return lines.join('\n');
}
