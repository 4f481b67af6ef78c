import { describeError } from '../../shared/errors.js';
import type { WorkerMessage } from '../../shared/ipc-protocol.js';
import type { LifecycleHooks } from '../../shared/lifecycle/index.js';
import { errorFields } from '../../shared/logging/error-fields.js';
import type { Logger } from '../../shared/logging/logger.js';

/** Log lines of the start and the stop, in the form that operators search for. */
export function loggingHooks(log: Logger): LifecycleHooks {
  return {
    onServiceInitializing: ({ service, attempt }) => {
      log.debug({ event: 'service:initializing', service, attempt }, `🔧 ${title(service)} setup…`);
    },
    onServiceInitialized: ({ service, durationMs }) => {
      const ms = Math.round(durationMs);
      log.info(
        { event: 'service:initialized', service, durationMs: ms },
        `✅ ${title(service)} setup completed (${ms} ms)`,
      );
    },
    onServiceFailed: ({ service, phase, error, critical }) => {
      const fields = { event: 'service:failed', service, phase, ...errorFields(error) };
      if (critical) log.error(fields, `❌ ${title(service)} ${phaseName(phase)} failed: ${describeError(error)}`);
      else
        log.warn(
          fields,
          `⚠️ ${title(service)} ${phaseName(phase)} failed, going on without it: ${describeError(error)}`,
        );
    },
    onServiceRecovered: ({ service, downMs }) => {
      const ms = Math.round(downMs);
      log.info(
        { event: 'service:recovered', service, downMs: ms },
        `✅ Error recovery successful: ${title(service)} works again after ${(ms / 1000).toFixed(1)} s`,
      );
    },
    onServiceCleanedUp: ({ service, durationMs }) => {
      log.debug({ event: 'service:stopped', service, durationMs }, `🔧 ${title(service)} stopped`);
    },
    onStateChange: ({ from, to }) => log.info({ event: 'worker:state', from, to }, `🔧 ${from} → ${to}`),
  };
}

/** The supervisor's view of the start: what it shows in `status` and names when a start takes too long. */
export function progressHooks(send: (message: WorkerMessage) => void): LifecycleHooks {
  const tell = (name: string, critical: boolean, stage: ServiceStage, durationMs?: number, error?: unknown) =>
    send({
      type: 'service',
      name,
      critical,
      stage,
      ...(durationMs !== undefined && { durationMs }),
      ...(error !== undefined && { error: describeError(error) }),
    });
  return {
    onServiceInitializing: ({ service, critical }) => tell(service, critical, 'initializing'),
    onServiceInitialized: ({ service, critical, durationMs }) => tell(service, critical, 'running', durationMs),
    onServiceFailed: ({ service, critical, durationMs, error }) => tell(service, critical, 'failed', durationMs, error),
    onServiceRecovered: ({ service, critical }) => tell(service, critical, 'running'),
    onServiceCleanedUp: ({ service, critical, durationMs }) => tell(service, critical, 'stopped', durationMs),
    onStateChange: ({ from, to, isDegraded }) => send({ type: 'state', from, to, degraded: isDegraded }),
  };
}

type ServiceStage = (WorkerMessage & { type: 'service' })['stage'];

function title(service: string): string {
  return service.charAt(0).toUpperCase() + service.slice(1);
}

function phaseName(phase: 'initialize' | 'health' | 'cleanup'): string {
  return { initialize: 'setup', health: 'health check', cleanup: 'cleanup' }[phase];
}
