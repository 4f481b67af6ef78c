import { describeBuild } from '../../shared/control/build.js';
import type { DeployResult } from '../../shared/control/deploy-result.js';
import { TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';

// What a restart ends with that met a new build on disk.

/** The new build is no good; nothing was restarted. */
export function refusedError({ build, problems }: DeployResult): TuxError {
  const list = problems.map((problem) => `\n   ${problem}`).join('');
  return new TuxError('TUX_PREFLIGHT', `The build on disk, ${describeBuild(build)}, does not take over:${list}\n  `, {
    exitCode: ExitCode.CONFIG,
    hint: 'the worker serves on, nothing was restarted; put it right and try again, or restart --force to start it as it is',
  });
}

/** The new build did not get ready, and the one before serves again. */
export function swappedBackError({ build, problems }: DeployResult): TuxError {
  const text = `The build on disk, ${describeBuild(build)}, was swapped back: ${problems.join('; ')}`;
  return new TuxError('TUX_SWAPPED_BACK', text, {
    exitCode: ExitCode.FAILURE,
    hint: 'put it right, then: tux-supervisor deploy',
  });
}
