import { describe, expect, it } from 'vitest';
import { TuxError } from '../../../../shared/errors.js';
import { ExitCode } from '../../../../shared/exit-codes.js';
import { errorFields } from '../../../../shared/logging/error-fields.js';

describe('what a log line carries of an error', () => {
  it('is code and cause where the sentence tells the operator what to do', () => {
    const cause = new Error('connect ECONNREFUSED');
    const error = new TuxError('TUX_DB_UNREACHABLE', 'no database', { cause, exitCode: ExitCode.UNAVAILABLE });
    expect(errorFields(error)).toEqual({ code: 'TUX_DB_UNREACHABLE', cause: 'connect ECONNREFUSED' });
  });

  it('is the error with its stack where it is a bug', () => {
    const bug = new TypeError('x is not a function');
    expect(errorFields(bug)).toEqual({ err: bug });
    const failed = new TuxError('TUX_COGS', 'no cog could be loaded');
    expect(errorFields(failed)).toEqual({ err: failed });
  });
});
