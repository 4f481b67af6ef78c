import type { Status } from '../../shared/control/status.js';

type Service = NonNullable<Status['worker']>['services'][number];

/** One line of the start: a service, when it began and how long it took, in milliseconds from the spawn of the worker. */
export interface Bar {
  readonly name: string;
  readonly isCritical: boolean;
  readonly look: 'done' | 'running' | 'failed' | 'waiting' | 'ended';
  /** Null before it began. */
  readonly fromMs: number | null;
  /** Null when it is not known. */
  readonly tookMs: number | null;
  readonly error: string | null;
}

/** How the services of a worker came up, one after and beside the other. */
export interface Waterfall {
  readonly bars: readonly Bar[];
  /** The worker loads its code before its first service begins; null until it does. */
  readonly firstMs: number | null;
  /** End of the last service that has come up; null while none has. */
  readonly lastMs: number | null;
  /** Whether none is still on its way. */
  readonly isOver: boolean;
  /** How far the axis goes. */
  readonly axisMs: number;
}

/** @param uptimeMs age of the worker: the bars of services that are still starting grow with it. */
export function waterfallOf(services: readonly Service[], uptimeMs: number): Waterfall {
  const bars = services
    .map((service) => barOf(service, uptimeMs))
    .sort((one, other) => (one.fromMs ?? Number.MAX_VALUE) - (other.fromMs ?? Number.MAX_VALUE));
  const ends = bars.flatMap(({ look, fromMs, tookMs }) =>
    look === 'waiting' || fromMs === null ? [] : [fromMs + (tookMs ?? 0)],
  );
  const lastMs = ends.length === 0 ? null : Math.max(...ends);
  const isOver = bars.length > 0 && bars.every(({ look }) => look !== 'running' && look !== 'waiting');
  const firstMs = bars[0]?.fromMs ?? null;
  return { bars, firstMs, lastMs, isOver, axisMs: Math.max(lastMs ?? 0, 1) };
}

function barOf({ name, critical, stage, startedMs, durationMs, error }: Service, uptimeMs: number): Bar {
  const isStarting = stage === 'initializing' && startedMs !== null;
  return {
    name,
    isCritical: critical,
    look: lookOf(stage, startedMs),
    fromMs: startedMs,
    tookMs: isStarting ? Math.max(0, uptimeMs - startedMs) : durationMs,
    error,
  };
}

function lookOf(stage: Service['stage'], startedMs: number | null): Bar['look'] {
  if (stage === 'failed' || stage === 'recovering') return 'failed';
  if (stage === 'initializing') return 'running';
  if (stage === 'stopping' || stage === 'stopped') return 'ended';
  return startedMs === null ? 'waiting' : 'done';
}
