import { makeFolder } from '../../shared/atomic-file.js';
import { systemClock } from '../../shared/clock.js';
import { LiveConfig } from '../../shared/config/live-config.js';
import { loadConfig } from '../../shared/config/load.js';
import { describeError, exitCodeOf } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';
import { errorFields } from '../../shared/logging/error-fields.js';
import { createLogger } from '../../shared/logging/logger.js';
import { LogFolder } from '../logs/log-folder.js';
import { logLimits } from '../logs/log-retention.js';
import { LogSink } from '../logs/log-sink.js';
import { logUncaught } from '../start/log-uncaught.js';
import { outputFormat } from '../start/output-format.js';
import { type StartOptions, startEnvironment } from '../start/start-environment.js';
import { StartSession } from '../start/start-session.js';

/** `tux-supervisor start`: runs in the foreground until stopped. Returns the exit code. */
export async function start(options: StartOptions): Promise<ExitCode> {
  const config = new LiveConfig(loadConfig(startEnvironment(options)));
  makeFolder(config.paths.logDir);
  const folder = new LogFolder({
    paths: config.paths,
    limits: () => logLimits(config.env),
    clock: systemClock,
    onProblem: (err) => log.warn({ event: 'log:tidy-failed', err }, `⚠️ Old logs stay: ${describeError(err)}`),
  });
  const sink = new LogSink({
    folder,
    secrets: config.secrets,
    output: process.stdout,
    pretty: await outputFormat(),
  });
  const log = createLogger({
    level: config.env.LOG_LEVEL,
    name: 'supervisor',
    destination: sink,
    secrets: config.secrets,
  });
  config.onChange('LOG_LEVEL', (level) => {
    log.level = level;
  });
  logUncaught(log);
  const session = new StartSession(config, options, sink, log);
  try {
    const code = await session.run();
    return session.hasLostLock ? ExitCode.LOCKED : code;
  } catch (error) {
    if (session.hasLostLock) return ExitCode.LOCKED; // said when it was noticed
    if (session.wasStopped) {
      // Its own waits end with the reason of the stop. What else fails on the way down is a fault, and changes nothing.
      if (error !== session.stopReason)
        log.error({ event: 'supervisor:stop-failed', err: error }, '❌ The stop was not clean');
      return ExitCode.OK;
    }
    log.fatal({ event: 'supervisor:failed', ...errorFields(error) }, `❌ ${describeError(error)}`);
    session.events?.onGaveUp(exitCodeOf(error), describeError(error));
    return exitCodeOf(error);
  } finally {
    await session.close();
  }
}
