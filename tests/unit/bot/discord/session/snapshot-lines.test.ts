import { describe, expect, it } from 'vitest';
import { decodeLine, encodeLine, wholeLines } from '../../../../../bot/discord/session/snapshot-lines.js';

const encode = (of: string, s: number, value: unknown) => Buffer.concat(encodeLine(of, s, value));
const line = encode('123', 45, { id: '123', name: 'Zoo 🐧', text: 'two\nlines' });

describe('a line of the snapshot', () => {
  it('is one line of JSON', () => {
    expect(line.toString().split('\n')).toHaveLength(2);
    expect(JSON.parse(line.toString())).toMatchObject({ s: 45, of: '123', data: { name: 'Zoo 🐧' } });
  });

  it('can be read again', () => {
    const { of, s, data } = decodeLine(line.subarray(0, -1));
    expect({ of, s, data: JSON.parse(data.toString()) }).toEqual({
      of: '123',
      s: 45,
      data: { id: '123', name: 'Zoo 🐧', text: 'two\nlines' },
    });
  });

  it('has the same sum for the same data, whatever event it includes', () => {
    const [one, two, other] = [encode('1', 1, { a: 1 }), encode('1', 2, { a: 1 }), encode('1', 2, { a: 2 })];
    const sum = (text: Buffer) => decodeLine(text.subarray(0, -1)).sum;
    expect(sum(one)).toBe(sum(two));
    expect(sum(other)).not.toBe(sum(two));
  });

  it('is refused when any single byte of it is another', () => {
    for (let at = 0; at < line.length - 1; at += 1) {
      const damaged = Buffer.from(line.subarray(0, -1));
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      expect(() => decodeLine(damaged), `byte ${at}`).toThrow();
    }
  });

  it('is refused when it is cut anywhere', () => {
    for (let end = 0; end < line.length - 1; end += 1) expect(() => decodeLine(line.subarray(0, end))).toThrow();
  });

  it('is not taken for whole without its end', () => {
    expect([...wholeLines(Buffer.concat([line, line.subarray(0, -1)]))]).toHaveLength(1);
    expect([...wholeLines(Buffer.alloc(0))]).toEqual([]);
  });
});
