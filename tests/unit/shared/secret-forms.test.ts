import { describe, expect, it } from 'vitest';
import { REDACTED, redact } from '../../../shared/redact.js';
import { secretForms } from '../../../shared/secret-forms.js';

/** Characters that every encoding treats differently. */
const SECRET = 'p@ss "w\\rd+/ä&=~x';

describe('the forms of a secret', () => {
  it.each([
    ['as it is', SECRET],
    ['in JSON', JSON.stringify({ password: [SECRET] })],
    ['in JSON within JSON', JSON.stringify({ body: JSON.stringify([SECRET]) })],
    ['as a part of a URL', `http://h/${encodeURIComponent(SECRET)}/x`],
    ['with small letters in the codes', encodeURIComponent(SECRET).replace(/%../g, (code) => code.toLowerCase())],
    ['as a parameter of a form', `a=1&s=${new URLSearchParams({ s: SECRET }).toString().slice(2)}&b=2`],
    ['as a password of a URL', Object.assign(new URL('ldap://me@h'), { password: SECRET }).href],
  ])('are found %s', (_, text) => {
    expect(redact(text, [SECRET])).toContain(REDACTED);
    expect(redact(text, [SECRET])).not.toMatch(/rd(\+|%2B)/i);
  });

  it.each(['base64', 'base64url'] as const)('are found in %s, wherever in something longer', (encoding) => {
    for (const before of ['', 'u', 'us', 'user:']) {
      for (const after of ['', '!', '?!', ' and more']) {
        const text = Buffer.from(before + SECRET + after).toString(encoding);
        const left = Buffer.from(redact(text, [SECRET]).replace(REDACTED, ''), encoding).toString();
        expect(redact(text, [SECRET]), text).toContain(REDACTED);
        expect(left).not.toContain(SECRET.slice(2, -2));
      }
    }
  });

  it('are none where the secret is too short to be told from ordinary text', () => {
    expect(secretForms('12345')).toEqual([]);
    expect(secretForms('123456')).toContain('123456');
  });

  it('exist for every text, half a character included', () => {
    expect(secretForms(`broken-\uD800-half`)).toContain(`broken-\uD800-half`);
  });
});
