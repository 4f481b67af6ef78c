import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Metrics } from '../../../bot/telemetry/metrics.js';
import { supervisorMetrics } from '../../../supervisor/health/metrics-text.js';
import { readYaml } from '../../support/deploy-files.js';
import { fakeStatus, fakeWorker } from '../../support/fake-status.js';

const root = resolve(import.meta.dirname, '../../..');

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: unknown;
  readonly targets?: { readonly expr: string; readonly datasource: unknown }[];
  readonly fieldConfig?: { readonly defaults: { readonly unit: string } };
}
interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string; readonly runbook: string };
}

const dashboard = JSON.parse(readFileSync(resolve(root, 'deploy/grafana-dashboard.json'), 'utf8')) as {
  readonly panels: Panel[];
  readonly annotations: { readonly list: { readonly expr: string }[] };
  readonly templating: { readonly list: { readonly name: string; readonly definition?: string }[] };
};
const panels = dashboard.panels.filter(({ type }) => type !== 'row');
const { groups } = readYaml<{ groups: { rules: Rule[] }[] }>('deploy/prometheus-rules.yaml');
const rules = groups.flatMap((group) => group.rules);

const expressions = {
  dashboard: [
    ...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
    ...dashboard.annotations.list.map(({ expr }) => expr),
    ...dashboard.templating.list.flatMap(({ definition = [] }) => definition),
  ],
  rules: rules.map(({ expr }) => expr),
};

/** What Prometheus adds to each series, and what it makes itself. */
const LABELS_OF_PROMETHEUS = ['instance', 'job', 'le'];
const METRICS_OF_PROMETHEUS = ['up'];

/** Names of labels by the name of a metric, of everything that supervisor and worker export at their busiest. */
const exported = labelsByMetric(`${supervisorText()}${await workerText()}`);

describe.each(Object.entries(expressions))('the expressions of the %s', (_, list) => {
  it('name only metrics that there are', () => {
    expect(list.length).toBeGreaterThan(10);
    const names = new Set(list.flatMap(metricsIn));
    expect([...names].filter((name) => !exported.has(name) && !METRICS_OF_PROMETHEUS.includes(name))).toEqual([]);
  });

  it('name only labels that these metrics have', () => {
    const lost = list.flatMap((expr) => {
      const known = new Set([...metricsIn(expr).flatMap((name) => exported.get(name) ?? []), ...LABELS_OF_PROMETHEUS]);
      return labelsIn(expr).filter((label) => !known.has(label));
    });
    expect(lost).toEqual([]);
  });
});

describe('the dashboard', () => {
  it('shows every metric, but for what another one shows as well', () => {
    const shown = new Set(expressions.dashboard.flatMap(metricsIn));
    expect([...exported.keys()].filter((name) => !shown.has(name)).sort()).toEqual(
      [
        'tux_command_duration_seconds_count',
        'tux_command_duration_seconds_sum',
        'tux_last_exit_timestamp_seconds', // "Restarts"
        'tux_next_scheduled_restart_timestamp_seconds', // the status page has it
        'tux_standby_starts_total', // whether one is ready says more
        'tux_supervisor_backoff', // "Supervision"
        'tux_supervisor_startup_timestamp', // "Uptime"
        'query_duration_seconds_count',
        'query_duration_seconds_sum',
        'worker_shutdowns_total', // "Restarts"
        'worker_startup_timestamp',
        'worker_startups_total',
        'worker_state', // "Supervision"
        'worker_uptime_seconds', // as the supervisor sees it
      ].sort(),
    );
  });

  it('explains each panel, has a unit for it, and asks the data source that is chosen', () => {
    for (const { title, description, fieldConfig, targets = [], datasource } of panels) {
      expect(description, title).toMatch(/\.$/);
      expect(fieldConfig?.defaults.unit, title).toBeTruthy();
      const chosen = { type: 'prometheus', uid: '$' + '{datasource}' };
      expect([datasource, ...targets.map((target) => target.datasource)], title).toEqual(
        Array.from({ length: targets.length + 1 }, () => chosen),
      );
    }
  });

  it('has one panel in each place', () => {
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(dashboard.panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  });
});

describe('the alerts', () => {
  it('have a name of their own, a severity, and words for whoever is woken', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { alert, labels, annotations } of rules) {
      expect(alert).toMatch(/^Tux[A-Z]\w+$/);
      expect(['critical', 'warning'], alert).toContain(labels.severity);
      expect(annotations.summary, alert).toMatch(/^[A-Z]/);
      expect(annotations.description, alert).toMatch(/\.$/);
    }
  });

  it('are all explained in the operator’s handbook', () => {
    const handbook = readFileSync(resolve(root, 'docs/operations.md'), 'utf8');
    expect(new Set(rules.map(({ annotations }) => annotations.runbook))).toEqual(new Set(['docs/operations.md']));
    expect(rules.map(({ alert }) => alert).filter((alert) => !handbook.includes(`\`${alert}\``))).toEqual([]);
  });
});

function supervisorText(): string {
  const at = '2026-01-01T22:00:00.000Z';
  const status = fakeStatus({
    worker: fakeWorker({ rssLimitBytes: 1 }),
    hold: { reason: 'crash-loop', until: at },
    lastExit: { class: 'crash', code: 1, signal: null, reason: 'boom', at },
    nextScheduledRestart: at,
  });
  return supervisorMetrics({
    status,
    readyCount: 1,
    standbyStarts: 1,
    sessions: { resumed: 1, identified: { refused: 1 }, replayed: 1, suppressed: 1, stale: 0, gapMs: 50 },
    isWorkerAnswering: true,
    isHealthy: true,
    rssBytes: 1,
    now: Date.parse(at),
  });
}

function workerText(): Promise<string> {
  const figures = {
    state: 'RUNNING',
    uptimeSeconds: 1,
    gatewayPingSeconds: 1,
    guilds: 1,
    queueDepth: 1,
    reminders: 1,
    scheduledDms: 1,
    tasks: 1,
    eventLoopLagSeconds: 1,
    caches: { prefix: { hits: 1, misses: 1 } },
  };
  const metrics = new Metrics(
    () => figures,
    () => new Date(),
  );
  metrics.countEvent();
  metrics.countCommand('ping', 'ok', 1);
  metrics.countQuery('select', true, 1);
  metrics.countJob('demo', 'finished');
  return metrics.text();
}

function labelsByMetric(text: string): Map<string, string[]> {
  const series = text.split('\n').filter((line) => /^\w/.test(line));
  return new Map(
    series.map((line) => {
      const [, name = '', labels = ''] = /^(\w+)(?:\{(.*)\})? /.exec(line) ?? [];
      return [name, [...labels.matchAll(/(\w+)="/g)].map(([, label = '']) => label)];
    }),
  );
}

/** Names that are neither functions, nor keywords, nor inside of `{…}`, `by (…)` or `[…]`. */
function metricsIn(expr: string): string[] {
  const bare = expr
    .replace(/^label_values\((\w+), \w+\)$/, '$1')
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]|\bby \([^)]*\)/g, ' ');
  const names = [...bare.matchAll(/\b[a-z_]\w*\b(?!\s*\()/g)].map(([name]) => name);
  return names.filter((name) => !['and', 'or', 'unless', 'by', 'sum', 'max', 'min'].includes(name));
}

function labelsIn(expr: string): string[] {
  const selected = [...expr.matchAll(/\{([^}]*)\}/g)].flatMap(([, body = '']) => [...body.matchAll(/(\w+)\s*[!=~]+/g)]);
  const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/,\s*/));
  return [...selected.map(([, label = '']) => label), ...grouped];
}
