#!/usr/bin/env node
import '../shared/zod-without-code.js';

import { ulid } from 'ulid';
import { wantsColor } from '../shared/cli/color.js';
import { systemClock } from '../shared/clock.js';
import { LiveConfig } from '../shared/config/live-config.js';
import { loadConfig, readEnvironment } from '../shared/config/load.js';
import { describeError, exitCodeOf } from '../shared/errors.js';
import { ExitCode } from '../shared/exit-codes.js';
import { IPC_PROTOCOL_VERSION } from '../shared/ipc-protocol.js';
import { LogPipe } from '../shared/logging/log-pipe.js';
import { createLogger } from '../shared/logging/logger.js';
import { lossNotice } from '../shared/logging/loss-notice.js';
import { terminalFormat } from '../shared/logging/terminal-format.js';
import { packageVersion } from '../shared/package.js';
import { PREFLIGHT_FLAG, STANDBY_FLAG } from '../shared/standby.js';
import { Application } from './app/application.js';
import { OwnIdentifyLedger } from './app/own-identify-ledger.js';
import { ownProcessEvents } from './app/process-events.js';
import { Standby } from './app/standby.js';
import { SupervisorLink } from './app/supervisor-link.js';

const isSupervised = process.send !== undefined;
const isStandby = isSupervised && process.argv.includes(STANDBY_FLAG);
const isNewBuild = isStandby && process.argv.includes(PREFLIGHT_FLAG);
/** Lines are JSON, but for people on a terminal without a supervisor in between. Waited for while there is nothing yet. */
const isForPeople = !isSupervised && process.stdout.isTTY === true;
const format = isForPeople ? await terminalFormat(wantsColor(true, process.env)) : (line: string) => line;

// Composition root of the worker: who it is, who listens, configuration, application, exit code. Everything up to
// `app.start()` runs in one turn of the event loop, so no signal can come between.
const runId = process.env.TUX_RUN_ID ?? ulid();
const link = new SupervisorLink();
sayHello(isStandby ? 'standby' : 'active');

const app = createApplication();
const standby = isStandby
  ? new Standby({
      application: app,
      isNewBuild,
      sayHello: () => sayHello('active'),
      exit: (code) => process.exit(code),
    })
  : null;
ownProcessEvents({
  onStop: (signal) => {
    if (standby?.leave()) return;
    if (app.isClosing)
      app.hurry(forcedCode(signal)); // whatever began the shutdown: somebody asks for it again
    else void app.shutdown({ kind: 'signal', message: signal, signal }, ExitCode.OK);
  },
  onHurry: (signal) => app.hurry(forcedCode(signal)),
  onKill: (signal) => app.forceExit(forcedCode(signal)),
  onReload: () => {
    if (isSupervised) app.declineReload();
    else app.reload(readEnvironment);
  },
  onMessage: (message) => link.receive(message),
  onDisconnect: () => {
    if (standby?.leave()) return;
    app.options.logPipe.noteReaderGone();
    void app.shutdown({ kind: 'supervisor-gone', message: 'the supervisor is gone' }, ExitCode.OK);
  },
  onFatal: (error, origin) => {
    if (!standby?.isWaiting) return app.fatal(error, origin);
    process.stderr.write(`❌ ${describeError(error)}\n`);
    standby.leave(exitCodeOf(error));
  },
});
link.onShutdown(({ action, reason, deadlineMs }) => {
  if (standby?.leave()) return;
  app.setDeadline(deadlineMs);
  void app.shutdown(reason, action === 'restart' ? ExitCode.RESTART : ExitCode.OK);
});
link.onReload((environment) => app.reload(() => environment));
link.onQuestion((about) => app.answer(about));
link.onActivate(() => standby?.activate());
void (standby ? standby.begin() : app.start());
process.exit(await app.exit);

function sayHello(role: 'active' | 'standby'): void {
  link.send({
    type: 'hello',
    protocol: IPC_PROTOCOL_VERSION,
    pid: process.pid,
    runId,
    version: packageVersion(),
    role,
  });
}

function createApplication(): Application {
  try {
    // What the supervisor read from `.env` is our environment; what it withholds must not come back from there.
    const config = new LiveConfig(loadConfig(isSupervised ? process.env : readEnvironment()));
    const notice = (lost: number) => format(lossNotice(lost, { name: 'worker', runId }, systemClock.now()));
    const logPipe = new LogPipe(process.stdout.fd, isSupervised ? config.paths.log : null, notice);
    const log = createLogger({
      level: config.env.LOG_LEVEL,
      name: 'worker',
      destination: { write: (line) => logPipe.write(format(line)) },
      secrets: config.secrets,
      fields: { runId },
    });
    config.onChange('LOG_LEVEL', (level) => {
      log.level = level;
    });
    link.logTo(log);
    link.hide(config.secrets);
    const leases = isSupervised ? link : new OwnIdentifyLedger(config.paths.identifyLedger, runId, systemClock);
    const send: SupervisorLink['send'] = (message) => link.send(message);
    const common = { config, runId, isSupervised, isNewBuild };
    return new Application({ ...common, leases, send, log, logPipe, clock: systemClock });
  } catch (error) {
    // Nothing has been started, so there is nothing to shut down.
    const rssBytes = process.memoryUsage.rss();
    if (isStandby)
      link.send({ type: 'standby', stage: 'failed', problems: [describeError(error)], preparedMs: 0, rssBytes });
    process.stderr.write(`❌ ${describeError(error)}\n`);
    process.exit(exitCodeOf(error));
  }
}

function forcedCode(signal: NodeJS.Signals): ExitCode {
  return signal === 'SIGINT' ? ExitCode.FORCED_SIGINT : ExitCode.FORCED_SIGTERM;
}
