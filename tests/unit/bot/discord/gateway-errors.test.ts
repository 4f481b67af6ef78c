import { GatewayCloseCodes } from 'discord-api-types/v10';
import { describe, expect, it } from 'vitest';
import { errorOfClose, errorOfLogin } from '../../../../bot/discord/gateway-errors.js';
import { SANDBOX_TOKEN } from '../../../../sandbox/index.js';
import { describeError } from '../../../../shared/errors.js';

describe('the error of a close code', () => {
  it.each([4004, 4010, 4011, 4012, 4013, 4014])('%i, which discord.js gives up on, is for a human (78)', (code) => {
    const error = errorOfClose(code);
    expect(error).toMatchObject({ exitCode: 78, hint: expect.stringMatching(/.+/) });
    expect(error?.code).toMatch(/^TUX_DISCORD_/);
  });

  it('is none for every other code: discord.js goes on by itself', () => {
    const others = Object.values(GatewayCloseCodes).filter(
      (code): code is number => typeof code === 'number' && ![4004, 4010, 4011, 4012, 4013, 4014].includes(code),
    );
    for (const code of [...others, 1000, 1001, 1006]) expect(errorOfClose(code), String(code)).toBeUndefined();
  });

  it('says where to switch on what is missing', () => {
    expect(describeError(errorOfClose(4014))).toContain('Message Content Intent');
    expect(describeError(errorOfClose(4004))).toContain('DISCORD_TOKEN');
  });
});

describe('the error of a login', () => {
  it('that Discord refused is for a human (78)', () => {
    const cause = Object.assign(new Error('An invalid token was provided.'), { code: 'TokenInvalid' });
    expect(errorOfLogin(cause)).toMatchObject({ code: 'TUX_DISCORD_TOKEN', exitCode: 78, cause });
  });

  it('for want of IDENTIFYs may pass (69)', () => {
    const cause = new Error('Not enough sessions remaining to spawn 1 shards; only 0 remaining; resets at …');
    expect(errorOfLogin(cause)).toMatchObject({ code: 'TUX_DISCORD_BUDGET', exitCode: 69, cause });
  });

  it.each([
    [Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
    [new Error('Internal Server Error'), 'Internal Server Error'],
    ['a string', 'a string'],
    [undefined, 'undefined'],
  ])('that did not get through (%s) may pass (69)', (cause, shown) => {
    const error = errorOfLogin(cause);
    expect(error).toMatchObject({ code: 'TUX_DISCORD_UNREACHABLE', exitCode: 69 });
    expect(error.message).toBe(`Discord could not be reached (${shown})`);
  });

  it('never shows the token', () => {
    expect(describeError(errorOfClose(4004))).not.toContain(SANDBOX_TOKEN);
  });
});
