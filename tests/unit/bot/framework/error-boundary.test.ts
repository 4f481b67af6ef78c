import { describe, expect, it } from 'vitest';
import { answerFailure, isDatabaseOutage } from '../../../../bot/framework/error-boundary.js';
import { UserError } from '../../../../bot/framework/user-error.js';
import { TuxError } from '../../../../shared/errors.js';

const told = (error: unknown) => answerFailure(error, 'abcd2345');

describe('what people are told about a failure', () => {
  it.each(['TUX_DB_UNREACHABLE', 'TUX_DB_SLOW', 'TUX_DB_AUTH', 'TUX_DB_NOT_CONNECTED'])(
    'is, for %s, that nothing was done and that it heals by itself, without an error id',
    (code) => {
      const error = new TuxError(code, 'connect ECONNREFUSED db:5432');
      expect(isDatabaseOutage(error)).toBe(true);
      expect(told(error)).toEqual({
        severity: 'expected',
        reply: 'My database does not answer right now, so I did nothing. It heals by itself; try again in a minute.',
      });
    },
  );

  it('is that nobody can tell, when the database went away in the middle of a change', () => {
    const error = new TuxError('TUX_DB_UNCERTAIN', 'gone');
    expect(isDatabaseOutage(error)).toBe(false);
    expect(told(error)).toMatchObject({
      severity: 'expected',
      reply: expect.stringContaining('I cannot tell whether'),
    });
  });

  it('is an id alone for a mistake of ours', () => {
    expect(told(new Error('undefined is not a function'))).toEqual({
      severity: 'bug',
      reply: expect.stringMatching(/^❌ Something went wrong on my side.*`abcd2345`$/),
    });
  });

  it('is our own words and hint for a mistake of theirs', () => {
    const error = new UserError('TUX_X', 'That is too long.', { hint: 'Use fewer words.' });
    expect(told(error)).toEqual({ severity: 'expected', reply: '⚠️ That is too long.\n💡 Use fewer words.' });
  });
});
