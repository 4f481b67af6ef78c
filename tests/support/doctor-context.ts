import { systemClock } from '../../shared/clock.js';
import { loadValidSettings } from '../../shared/config/load.js';
import { resolvePaths } from '../../shared/paths.js';
import type { DoctorContext } from '../../supervisor/doctor/context.js';

/** An installation below `folder` in which nothing runs, and of which Discord is not asked. */
export function doctorContext(folder: string, more: Partial<DoctorContext> = {}): DoctorContext {
  const raw = more.raw ?? { DISCORD_TOKEN: 'a-token' };
  return {
    raw,
    env: loadValidSettings(raw),
    processEnv: process.env,
    unit: null,
    envProblem: null,
    envFile: `${folder}/.env`,
    paths: resolvePaths({ stateDir: `${folder}/state`, logDir: `${folder}/logs` }),
    status: null,
    statusProblem: null,
    discord: null,
    clock: systemClock,
    secrets: [],
    ...more,
  };
}

/** What a check needs besides: a signal that nobody aborts. */
export const noSignal = new AbortController().signal;
