import type { Clock } from '../../shared/clock.js';
import type { LiveConfig } from '../../shared/config/live-config.js';
import type { Logger } from '../../shared/logging/logger.js';
import { readMemoryFacts } from '../../shared/memory-facts.js';
import { uniqueId } from '../../shared/unique-id.js';
import type { BuildChoice } from '../deploy/build-choice.js';
import type { LogSink } from '../logs/log-sink.js';
import type { ConfigReload } from '../start/config-reload.js';
import type { SupervisionEvents } from '../supervision-observer.js';
import { StandbyKeeper } from './standby-keeper.js';
import { StandbyProcess } from './standby-process.js';

export interface KeepStandbyOptions {
  readonly config: LiveConfig;
  readonly reload: Pick<ConfigReload, 'environmentAhead'>;
  readonly builds: Pick<BuildChoice, 'program' | 'isCurrent'>;
  readonly sink: LogSink;
  readonly log: Logger;
  readonly clock: Clock;
  readonly events: Pick<SupervisionEvents, 'onChange'>;
}

/** A keeper of standbys of this installation. It is to be closed. */
export function keepStandby({ config, reload, builds, sink, log, clock, events }: KeepStandbyOptions): StandbyKeeper {
  return new StandbyKeeper({
    config,
    launch: (environment) =>
      StandbyProcess.start({
        runId: uniqueId(clock.now()),
        program: builds.program,
        cwd: process.cwd(),
        environment,
        config,
        sink,
        clock,
      }),
    environment: () => reload.environmentAhead,
    isCurrentBuild: () => builds.isCurrent(),
    memory: () => readMemoryFacts(),
    log,
    clock,
    events,
  });
}
