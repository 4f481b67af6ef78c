import { ExitCode } from '../../shared/exit-codes.js';
import { LifecycleRunner } from '../../shared/lifecycle/index.js';
import type { ErrorReporter } from '../telemetry/error-reporter.js';
import { Metrics } from '../telemetry/metrics.js';
import type { SetupTrace } from '../telemetry/setup-trace.js';
import { Telemetry } from '../telemetry/telemetry.js';
import type { Application } from './application.js';
import { loggingHooks, progressHooks } from './lifecycle-hooks.js';
import { createLifecyclePort } from './lifecycle-port.js';
import { NotedLeases } from './noted-leases.js';
import { BotSetupOrchestrator } from './orchestrator.js';
import { Tux } from './tux.js';
import { botStatistics, factSources, liveFigures } from './worker-facts.js';

/** The bot as it is before it starts. */
interface Assembly {
  readonly telemetry: Telemetry;
  readonly tux: Tux;
  readonly runner: LifecycleRunner;
}

/**
 * Puts the bot proper together: what it reports and counts, its parts, and the runner that starts and stops them. They become
 * parts of `application`; nothing of them runs yet. To load this module takes half a second, most of it for discord.js.
 */
export function assemble(application: Application, reporter: ErrorReporter, setup: SetupTrace): Assembly {
  const { parts, options } = application;
  const { config, runId, log, clock } = options;
  const metrics = new Metrics(
    () => liveFigures(factSources(application, tux, runner)),
    () => application.startedAt,
  );
  const telemetry = new Telemetry({ reporter, metrics, setup, clock, log });
  parts.telemetry = telemetry;
  const leases = new NotedLeases(options.leases);
  const tux = new Tux({
    config,
    runId,
    leases,
    isNewBuild: options.isNewBuild ?? false,
    lifecycle: createLifecyclePort(application, leases),
    telemetry,
    log,
    clock,
    onFatal: (error) => application.fatal(error, error.code),
    onBudgetDenied: (reason) =>
      void application.shutdown({ kind: 'identify-budget', message: reason }, ExitCode.UNAVAILABLE),
    onContinuity: (continuity) => options.send(continuity),
  });
  parts.tux = tux;
  reporter.attach('bot_stats', () => botStatistics(tux, application.uptimeMs));
  const runner = new LifecycleRunner({
    services: new BotSetupOrchestrator(tux).services(),
    hooks: [loggingHooks(log), progressHooks((message) => options.send(message)), telemetry.lifecycleHooks()],
    onHookError: (error, hook) => log.error({ event: 'hook:failed', err: error, hook }, `❌ Hook ${hook} failed`),
    startTimeoutMs: config.env.TUX_SETUP_TIMEOUT_MS + config.env.TUX_LOGIN_TIMEOUT_MS,
    clock,
  });
  parts.runner = runner;
  return { telemetry, tux, runner };
}
