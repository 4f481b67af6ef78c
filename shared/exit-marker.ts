import { rmSync } from 'node:fs';
import { z } from 'zod';
import { removeLeftoverTemporaries } from './atomic-file.js';
import { ExitCode } from './exit-codes.js';
import { type ShutdownReason, shutdownReasonSchema } from './ipc-protocol.js';
import { StateFile } from './state-file.js';

/**
 * What the worker means to do, written before it starts to tear down: if it is killed half-way, the supervisor still
 * knows whether it was to stop or to restart (seed runbook, step 1). A marker of another run is ignored.
 */
const exitMarkerSchema = z.object({
  runId: z.string(),
  action: z.enum(['stop', 'restart', 'fail']),
  /** The exit code that the worker will end with. */
  code: z.number().int(),
  reason: shutdownReasonSchema,
  /** Who asked, where somebody did. */
  by: z.string().nullable(),
});
export type ExitMarker = z.infer<typeof exitMarkerSchema>;

/** The marker of a run that is about to end with `code`. */
export function exitMarkerOf(runId: string, reason: ShutdownReason, code: number): ExitMarker {
  const action = code === ExitCode.OK ? 'stop' : code === ExitCode.RESTART ? 'restart' : 'fail';
  return { runId, action, code, reason, by: reason.by ?? null };
}

/** The file of the marker: written by the worker, read and cleared by the supervisor between two runs. */
export function exitMarkerFile(path: string, runId: string): StateFile<ExitMarker | null> {
  return new StateFile<ExitMarker | null>({
    path,
    kind: 'exit-marker',
    schemaVersion: 1,
    schema: exitMarkerSchema.nullable(),
    empty: () => null,
    runId,
  });
}

/** What this very run announced; null when it wrote no marker, or one that cannot be read. */
export async function readExitMarker(path: string, runId: string): Promise<ExitMarker | null> {
  const { data } = await exitMarkerFile(path, runId)
    .load()
    .catch(() => ({ data: null }));
  return data?.runId === runId ? data : null;
}

/**
 * Removes the marker, so that the next run cannot be judged by the last one's intention, and what is left of one that was being
 * written. At once, because the next worker waits for it.
 *
 * @throws what the file system says.
 */
export function clearExitMarker(path: string): void {
  removeLeftoverTemporaries(path);
  rmSync(path, { force: true });
}
