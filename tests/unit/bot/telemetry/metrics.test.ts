import { beforeEach, describe, expect, it } from 'vitest';
import { type LiveFigures, Metrics } from '../../../../bot/telemetry/metrics.js';

let live: LiveFigures;
let metrics: Metrics;

beforeEach(() => {
  live = {
    state: 'RUNNING',
    uptimeSeconds: 61,
    gatewayPingSeconds: 0.042,
    guilds: 3,
    queueDepth: 2,
    reminders: 5,
    scheduledDms: 6,
    tasks: 4,
    eventLoopLagSeconds: 0.001,
    caches: { prefix: { hits: 9, misses: 1 } },
  };
  metrics = new Metrics(
    () => live,
    () => new Date(1_700_000_000_000),
  );
});

const lines = async () => (await metrics.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));

describe('the metrics', () => {
  it('tell how things stand when they are asked for', async () => {
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'worker_startup_timestamp 1700000000',
        'worker_uptime_seconds 61',
        'worker_state{state="RUNNING"} 1',
        'worker_state{state="ERROR"} 0',
        'tux_gateway_ping_seconds 0.042',
        'tux_guilds 3',
        'tux_queue_depth 2',
        'tux_reminders 5',
        'tux_scheduled_dms 6',
        'tux_tasks 4',
        'tux_event_loop_lag_seconds 0.001',
        'tux_cache_hits_total{cache="prefix"} 9',
        'tux_cache_misses_total{cache="prefix"} 1',
      ]),
    );
    live = { ...live, state: 'STOPPING', gatewayPingSeconds: null, caches: { prefix: { hits: 10, misses: 1 } } };
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'worker_state{state="RUNNING"} 0',
        'worker_state{state="STOPPING"} 1',
        'tux_gateway_ping_seconds Nan',
        'tux_cache_hits_total{cache="prefix"} 10',
      ]),
    );
  });

  it('count and time what is done', async () => {
    metrics.countEvent();
    metrics.countCommand('ping', 'ok', 30);
    metrics.countQuery('select', false, 2);
    metrics.countJob('demo', 'finished');
    expect(metrics.processed).toBe(1);
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'messages_processed_total 1',
        'tux_commands_total{command="ping",result="ok"} 1',
        'tux_command_duration_seconds_bucket{le="0.025",command="ping"} 0',
        'tux_command_duration_seconds_bucket{le="0.05",command="ping"} 1',
        'database_queries_total{operation="select",result="failed"} 1',
        'query_duration_seconds_sum{operation="select"} 0.002',
        'tux_jobs_total{kind="demo",outcome="finished"} 1',
      ]),
    );
  });

  it('of two workers in one process do not meet', async () => {
    const other = new Metrics(
      () => live,
      () => new Date(0),
    );
    other.countEvent();
    expect(await lines()).toContain('messages_processed_total 0');
  });
});
