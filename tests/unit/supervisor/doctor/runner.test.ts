import { describe, expect, it } from 'vitest';
import { TuxError } from '../../../../shared/errors.js';
import { FakeClock } from '../../../../shared/testing/index.js';
import { type Check, ok, warn } from '../../../../supervisor/doctor/check.js';
import { runChecks } from '../../../../supervisor/doctor/runner.js';
import { doctorContext } from '../../../support/doctor-context.js';

const context = doctorContext('/srv/tux');
const check = (name: string, run: Check['run'], limitMs?: number): Check => ({
  name,
  run,
  ...(limitMs && { limitMs }),
});
const throwing = (error: unknown) =>
  check('breaks', () => {
    throw error;
  });

describe('the checks', () => {
  it('all start at once, and keep their order', async () => {
    const order: string[] = [];
    let release: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const running = runChecks(
      [
        check('waits', async () => {
          await gate;
          order.push('waits');
          return ok('fine');
        }),
        check('is quick', () => {
          order.push('is quick');
          release();
          return [ok('one'), warn('two', 'do something')];
        }),
      ],
      context,
    );
    expect(await Promise.all(running)).toEqual([
      { name: 'waits', findings: [ok('fine')] },
      { name: 'is quick', findings: [ok('one'), warn('two', 'do something')] },
    ]);
    expect(order).toEqual(['is quick', 'waits']);
  });

  it('have a deadline each, and one that ignores it is left behind', async () => {
    const clock = new FakeClock();
    let aborted = false;
    const stuck = check(
      'is stuck',
      (_context, signal) => {
        signal.addEventListener('abort', () => {
          aborted = true;
        });
        return new Promise(() => {});
      },
      3_000,
    );
    const [report, other] = runChecks([stuck, check('works', () => ok('fine'))], { ...context, clock });
    expect((await other)?.findings).toEqual([ok('fine')]);
    await clock.advance(3_000);
    expect((await report)?.findings).toMatchObject([{ status: 'fail', summary: 'no result within 3 s' }]);
    expect(aborted).toBe(true);
  });

  it.each([
    [
      'an error of ours',
      new TuxError('TUX_X', 'it is broken', { hint: 'mend it' }),
      'could not be checked: it is broken',
      'mend it',
    ],
    [
      'a bug',
      new TypeError('a bug'),
      'could not be checked: a bug',
      'report this, with what tux-supervisor logs shows',
    ],
    ['anything else', 'a string', 'could not be checked: a string', 'report this, with what tux-supervisor logs shows'],
  ])('that throw %s have found something', async (_what, error, summary, fix) => {
    expect(await Promise.all(runChecks([throwing(error)], context))).toEqual([
      { name: 'breaks', findings: [{ status: 'fail', summary, fix }] },
    ]);
  });

  it('that may not look are skipped: the check of the folder says why', async () => {
    const refused = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
    const [report] = await Promise.all(runChecks([throwing(refused)], context));
    expect(report?.findings).toEqual([{ status: 'skipped', summary: 'no permission to look' }]);
  });

  it('show no secret, whoever threw it', async () => {
    const secrets = ['hunter2-hunter2'];
    const talks = check('talks', () => [warn('password hunter2-hunter2', 'psql postgres://a:hunter2-hunter2@b/c')]);
    const reports = await Promise.all(
      runChecks([talks, throwing(new Error('hunter2-hunter2'))], { ...context, secrets }),
    );
    expect(JSON.stringify(reports)).not.toContain('hunter2');
  });
});
