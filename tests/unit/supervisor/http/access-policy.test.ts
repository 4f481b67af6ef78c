import { describe, expect, it } from 'vitest';
import { actionsOf, type Doors, refusal } from '../../../../supervisor/http/access-policy.js';
import type { Need } from '../../../../supervisor/http/route.js';

const doors = (isLocal: boolean, hasToken: boolean): Doors => ({ isLocal, hasToken });

/** What a visitor who is not logged in gets, then one who is. */
const outcome = (need: Need, given: Doors) =>
  [false, true].map((isLoggedIn) => refusal(need, given, isLoggedIn)?.status);

describe('who may see and do what', () => {
  it.each<[string, Doors, Record<Need, (number | undefined)[]>]>([
    [
      'on this machine, without a token',
      doors(true, false),
      {
        nothing: [undefined, undefined],
        page: [undefined, undefined],
        sight: [undefined, undefined],
        login: [403, 403],
        token: [403, 403],
      },
    ],
    [
      'on this machine, with a token',
      doors(true, true),
      {
        nothing: [undefined, undefined],
        page: [undefined, undefined],
        sight: [undefined, undefined],
        login: [undefined, undefined],
        token: [401, undefined],
      },
    ],
    [
      'from elsewhere, without a token',
      doors(false, false),
      { nothing: [undefined, undefined], page: [403, 403], sight: [403, 403], login: [403, 403], token: [403, 403] },
    ],
    [
      'from elsewhere, with a token',
      doors(false, true),
      {
        nothing: [undefined, undefined],
        page: [undefined, undefined],
        sight: [401, undefined],
        login: [undefined, undefined],
        token: [401, undefined],
      },
    ],
  ])('%s', (_where, given, expected) => {
    for (const [need, statuses] of Object.entries(expected)) {
      expect([need, ...outcome(need as Need, given)]).toEqual([need, ...statuses]);
    }
  });

  it('is explained to whom a token would help', () => {
    expect(refusal('page', doors(false, false), false)?.body).toContain('TUX_HTTP_TOKEN, and none is set');
    expect(refusal('token', doors(true, true), false)?.headers['www-authenticate']).toContain('Bearer');
  });

  it('is what the page offers', () => {
    expect(actionsOf(doors(true, false), false)).toBe('none');
    expect(actionsOf(doors(true, true), false)).toBe('token');
    expect(actionsOf(doors(true, true), true)).toBe('open');
  });
});
