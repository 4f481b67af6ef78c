import { describe, expect, it } from 'vitest';
import { isoTime } from '../../../shared/iso-time.js';

describe('an instant in ISO 8601', () => {
  it.each([
    '1970-01-01T00:00:00.000Z',
    '2026-01-02T03:04:05.678Z',
    '2024-02-29T23:59:59.999Z',
    '0000-01-01T00:00:00.000Z',
    '9999-12-31T23:59:59.999Z',
    '+010000-01-01T00:00:00.000Z',
    '-000001-12-31T23:59:59.999Z',
  ])('is %s', (text) => {
    expect(isoTime(new Date(text))).toBe(text);
    expect(isoTime(Date.parse(text))).toBe(text);
  });

  it('is what Date makes of it', () => {
    const hundredYears = 100 * 365 * 86_400_000;
    for (let at = -hundredYears; at < hundredYears; at += 3_141_592_653) {
      expect(isoTime(at)).toBe(new Date(at).toISOString());
    }
  });

  it('is none of what is no time', () => expect(() => isoTime(Number.NaN)).toThrow(RangeError));
});
