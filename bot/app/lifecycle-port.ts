import { ExitCode } from '../../shared/exit-codes.js';
import type { LifecyclePort } from '../framework/bot-services.js';
import type { Application } from './application.js';
import type { NotedLeases } from './noted-leases.js';

/** What cogs may know of the life of the worker, and the two ways in which they may end it. */
export function createLifecyclePort(application: Application, leases: Pick<NotedLeases, 'budget'>): LifecyclePort {
  const end = (exitCode: ExitCode) => (by: string, why: string) => {
    void application.shutdown({ kind: 'command', message: why, by }, exitCode);
  };
  return {
    restart: end(ExitCode.RESTART),
    shutdown: end(ExitCode.OK),
    identifyBudget: () => leases.budget,
    inspect() {
      const { runner } = application.parts;
      return {
        state: runner?.state ?? 'INITIALIZING',
        isDegraded: runner?.isDegraded ?? false,
        runId: application.options.runId,
        uptimeMs: application.uptimeMs,
        services: runner?.inspect() ?? [],
      };
    },
  };
}
