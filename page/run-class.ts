import type { RunRecord } from '../shared/control/run-record.js';
import type { Tone } from './headline.js';

type RunClass = RunRecord['class'];

const shown: Readonly<Record<RunClass, { readonly label: string; readonly tone: Tone }>> = {
  stopped: { label: 'stopped', tone: 'idle' },
  planned: { label: 'planned', tone: 'busy' },
  crash: { label: 'crash', tone: 'bad' },
  hang: { label: 'hang', tone: 'bad' },
  'failed-start': { label: 'failed start', tone: 'bad' },
  limit: { label: 'limit', tone: 'warn' },
  config: { label: 'configuration', tone: 'bad' },
  locked: { label: 'locked', tone: 'warn' },
};

/** How the end of a run is named, and how bad it is. A class of a newer supervisor is shown as it is. */
export function describeClass(runClass: string): { readonly label: string; readonly tone: Tone } {
  return runClass in shown ? shown[runClass as RunClass] : { label: runClass, tone: 'warn' };
}

/** `SIGKILL`, `code 75`, or `unknown` for a run whose end nobody saw. */
export function describeExit({ code, signal }: Pick<RunRecord, 'code' | 'signal'>): string {
  return signal ?? (code === null ? 'unknown' : `code ${code}`);
}

/** Classes for which `crash.log` has a part. */
const recorded: ReadonlySet<string> = new Set<RunClass>(['crash', 'hang', 'failed-start', 'limit', 'config']);

/** Whether `crash.log` has a part about a run. */
export function hasCrashRecord({ class: runClass }: Pick<RunRecord, 'class'>): boolean {
  return recorded.has(runClass);
}
