import { describe, expect, it } from 'vitest';
import { judgeOpenFiles, openFilesCheck } from '../../../../../supervisor/doctor/checks/open-files.js';
import { doctorContext, noSignal } from '../../../../support/doctor-context.js';

describe('open files', () => {
  it.each([
    [1_024, 60, []],
    [Number.POSITIVE_INFINITY, 60, []],
    [256, null, ['at most 256 per process (pid 7)']],
    [1_024, 900, ['pid 7 has 900 of 1024 open']],
  ])('with a limit of %d and %j open: %j', (limit, open, summaries) => {
    expect(judgeOpenFiles(7, limit, open).map(({ summary }) => summary)).toEqual(summaries);
  });

  it('are read of this process while nothing runs', async () => {
    expect(await openFilesCheck.run(doctorContext('/srv'), noSignal)).toMatchObject({
      summary: expect.stringMatching(/^at most (\d+|Infinity) per process/),
    });
  });
});
