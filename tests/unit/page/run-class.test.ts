import { describe, expect, it } from 'vitest';
import { describeClass, describeExit, hasCrashRecord } from '../../../page/run-class.js';
import { runRecordSchema } from '../../../shared/control/run-record.js';
import { describeExit as describeExitInTerminal } from '../../../supervisor/history/run-history.js';

describe('how runs are named on the page', () => {
  it('every class has words of its own', () => {
    const classes = runRecordSchema.shape.class.options;
    expect(new Set(classes.map((each) => describeClass(each).label)).size).toBe(classes.length);
  });

  it('a class that this page does not know is shown as it is', () => {
    expect(describeClass('eclipse')).toEqual({ label: 'eclipse', tone: 'warn' });
  });

  it('an exit is described as the terminal describes it', () => {
    for (const exit of [
      { code: 75, signal: null },
      { code: null, signal: 'SIGKILL' },
      { code: null, signal: null },
    ]) {
      expect(describeExit(exit)).toBe(describeExitInTerminal(exit));
    }
  });

  it('only what went wrong has last lines', () => {
    const without = runRecordSchema.shape.class.options.filter((each) => !hasCrashRecord({ class: each }));
    expect(without).toEqual(['stopped', 'planned', 'locked']);
  });
});
