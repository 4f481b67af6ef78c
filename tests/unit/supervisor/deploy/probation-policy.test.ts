import { describe, expect, it } from 'vitest';
import { judgeNewBuild, lostCogs, type NewBuildEnd } from '../../../../supervisor/deploy/probation-policy.js';

const crashed: NewBuildEnd = {
  runClass: 'crash',
  reason: 'killed by SIGKILL',
  pendingMigrations: [],
  hadDatabase: true,
  previous: 'standby',
};

describe('judging a new build by the end of its worker', () => {
  it.each(['crash', 'hang', 'failed-start', 'limit', 'config'] as const)('swaps back after a %s', (runClass) => {
    expect(judgeNewBuild({ ...crashed, runClass })).toEqual({ kind: 'swap-back', reason: 'killed by SIGKILL' });
    expect(judgeNewBuild({ ...crashed, runClass, previous: 'disk' }).kind).toBe('swap-back');
  });

  it.each(['planned', 'stopped', 'locked'] as const)('does not hold an end that is %s against it', (runClass) => {
    expect(judgeNewBuild({ ...crashed, runClass })).toEqual({ kind: 'innocent' });
  });

  it('finds no way back where the build before is gone', () => {
    expect(judgeNewBuild({ ...crashed, previous: 'gone' })).toEqual({
      kind: 'no-way-back',
      reason: 'killed by SIGKILL; the build before is not there any more',
    });
  });

  it('finds no way back once the database was migrated, and one while it was not', () => {
    const pendingMigrations = ['AddThings1'];
    expect(judgeNewBuild({ ...crashed, pendingMigrations })).toEqual({
      kind: 'no-way-back',
      reason: 'killed by SIGKILL; it has migrated the database (AddThings1), which the build before does not know',
    });
    expect(judgeNewBuild({ ...crashed, pendingMigrations, hadDatabase: false }).kind).toBe('swap-back');
  });
});

describe('cogs that a new build has lost', () => {
  it('are those that failed and were in use before', () => {
    const before = [
      { name: 'fun', status: 'loaded' },
      { name: 'info', status: 'failed', reason: 'since long' },
      { name: 'levels', status: 'loaded' },
    ];
    const after = [
      { name: 'fun', status: 'failed', reason: 'kaput' },
      { name: 'info', status: 'failed', reason: 'still' },
      { name: 'levels', status: 'skipped' },
      { name: 'brand-new', status: 'failed', reason: 'nobody misses it' },
    ];
    expect(lostCogs(before, after)).toEqual([after[0]]);
    expect(lostCogs([], after)).toEqual([]);
  });
});
