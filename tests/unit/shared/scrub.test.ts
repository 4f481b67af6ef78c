import { describe, expect, it } from 'vitest';
import { scrub } from '../../../shared/scrub.js';

const KNOWN = ['quote"in\\it', 'correct-horse'];
const TOKEN = `${'M'.repeat(24)}.${'a'.repeat(6)}.${'b'.repeat(30)}`;

describe('scrubbing', () => {
  it('finds secrets in texts at any depth, and in names of fields', () => {
    const dirty = { a: [{ b: `log in with ${TOKEN}` }], [`at ${KNOWN[1]}`]: 1, db: 'postgres://tux:hunter22@db/x' };
    expect(scrub(dirty, KNOWN)).toEqual({
      a: [{ b: 'log in with [redacted]' }],
      'at [redacted]': 1,
      db: 'postgres://tux:[redacted]@db/x',
    });
  });

  it('finds a secret that JSON would write differently', () => {
    expect(scrub({ text: `the password is ${KNOWN[0]}` }, KNOWN)).toEqual({ text: 'the password is [redacted]' });
  });

  it('does not reach over the end of a text', () => {
    const plain = { url: 'http://localhost:3000', mail: 'a@b' };
    expect(scrub(plain, [])).toEqual(plain);
  });

  it.each(['authorization', 'Cookie', 'DISCORD_TOKEN', 'x-api-key', 'DATABASE_PASSWORD', 'client_secret'])(
    'takes out whatever stands under %s',
    (name) => {
      expect(scrub({ headers: { [name]: 'nothing special' } }, [])).toEqual({ headers: { [name]: '[redacted]' } });
      expect(scrub({ [name]: ['a', 'b'] }, [])).toEqual({ [name]: '[redacted]' });
    },
  );

  it('leaves everything else as it is, and the original untouched', () => {
    const plain = { n: 1, yes: true, nothing: null, list: ['a'], missing: undefined };
    expect(scrub(plain, KNOWN)).toEqual(plain);
    expect(scrub(plain, KNOWN)).not.toBe(plain);
  });

  it('ends with what contains itself', () => {
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    expect(JSON.stringify(scrub(loop, []))).toContain('[redacted]');
  });
});
