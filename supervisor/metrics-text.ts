import type { Status } from '../shared/control/status.js';

type Sample = readonly [labels: string, value: number];

/**
 * The supervisor's own figures in Prometheus' text format, which is simple enough to be written by hand.
 *
 * @param ready how many workers got ready since this supervisor started.
 * @param isAnswering whether the worker gave its figures.
 */
export function supervisorMetrics(status: Status, ready: number, isAnswering: boolean): string {
  const { restarts, identifyBudget, hold, supervisor } = status;
  const { planned, crash, hang, failedStart } = restarts;
  const byClass: Sample[] = Object.entries({ planned, crash, hang, failed_start: failedStart }).map(([name, count]) => [
    `{class="${name}"}`,
    count,
  ]);
  return [
    family('tux_worker_up', 'gauge', '1 when the worker gave its figures', [['', Number(isAnswering)]]),
    family('worker_startups_total', 'counter', 'Workers that got ready', [['', ready]]),
    family('worker_shutdowns_total', 'counter', 'Workers that ended and were replaced', [
      ['', planned + crash + hang + failedStart],
    ]),
    family('tux_supervisor_restarts_total', 'counter', 'Restarts, by what led to them', byClass),
    family('tux_supervisor_hold', 'gauge', '1 while restarts are held', [['', Number(hold !== null)]]),
    family('tux_supervisor_startup_timestamp', 'gauge', 'When the supervisor started, in Unix seconds', [
      ['', Date.parse(supervisor.startedAt) / 1_000],
    ]),
    family('tux_identify_remaining', 'gauge', 'IDENTIFYs that are left of the day', [['', identifyBudget.remaining]]),
  ].join('');
}

function family(name: string, type: 'counter' | 'gauge', help: string, samples: readonly Sample[]): string {
  const lines = samples.map(([labels, value]) => `${name}${labels} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}
