import { describe, expect, it } from 'vitest';
import { createHash } from '../../../../supervisor/stand-ins/crypto.js';

/** As write-file-atomic does it. */
const numberOf = (...parts: string[]) => {
  const hash = createHash();
  for (const part of parts) hash.update(part);
  return hash.digest().readUInt32BE(0);
};

describe('the number for the name of a temporary file', () => {
  it('is FNV-1a, as its authors publish it', () => {
    expect(numberOf('foobar')).toBe(0xbf9cf968);
    expect(numberOf('foo', 'bar')).toBe(0xbf9cf968);
  });

  it('is another one for each of many calls, and in each of many processes', () => {
    const calls = Array.from({ length: 10_000 }, (_, call) =>
      numberOf('/dist/chunks/atomic-file.js', '4711', '0', `${call}`),
    );
    const processes = Array.from({ length: 10_000 }, (_, pid) =>
      numberOf('/dist/chunks/atomic-file.js', `${pid}`, '0', 'first'),
    );
    expect(new Set(calls).size).toBe(10_000);
    expect(new Set(processes).size).toBe(10_000);
  });
});
