import { describe, expect, it } from 'vitest';
import { REDACTED, redact } from '../../../shared/redact.js';

// Put together at run time: scanners for leaked secrets would take a literal for a real one.
const token = ['MTIzNDU2Nzg5MDEyMzQ1Njc4', 'GabcDE', 'x'.repeat(30)].join('.');

describe('redact', () => {
  it.each([
    ['a Discord token', `login with ${token} failed`, `login with ${REDACTED} failed`],
    [
      'the password of a connection string',
      'postgresql://tux:s3cret@db:5432/tux refused',
      `postgresql://tux:${REDACTED}@db:5432/tux refused`,
    ],
    ['a password without a user', 'redis://:s3cret@cache/0', `redis://:${REDACTED}@cache/0`],
    ['an authorization header', 'Authorization: Bot abcdefgh.ijkl', `Authorization: Bot ${REDACTED}`],
    [
      'a webhook token',
      `POST /webhooks/123456789012345678/${'w'.repeat(68)}`,
      `POST /webhooks/123456789012345678/${REDACTED}`,
    ],
  ])('takes out %s', (_, text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  it('takes out every place of every known secret, whatever characters it holds', () => {
    expect(redact('a $&.*-secret, twice: $&.*-secret', ['$&.*-secret'])).toBe(`a ${REDACTED}, twice: ${REDACTED}`);
  });

  it('leaves short secrets alone: they would riddle ordinary text', () => {
    expect(redact('port 5432', ['5432'])).toBe('port 5432');
  });

  it.each([
    'GET https://discord.com/api/v10/gateway/bot',
    'user 123456789012345678 said hi',
    'postgresql://db:5432/tux',
  ])('leaves harmless text as it is: %s', (text) => {
    expect(redact(text)).toBe(text);
  });
});
