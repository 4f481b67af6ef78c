import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCgroupMemoryLimit } from '../../../../supervisor/limits/cgroup-memory.js';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tux-cgroup-'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** The limit for a process with this membership where these files exist. */
function limitWith(membership: string, files: Record<string, string>): number | null {
  for (const [name, text] of Object.entries({ membership, ...files })) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), `${text}\n`);
  }
  return readCgroupMemoryLimit({ membership: join(root, 'membership'), root });
}

const V2 = '0::/system.slice/tux.service';
const V1 = '4:cpu,cpuacct:/\n9:memory:/system.slice/tux.service\n0::/';

describe('what the control group allows', () => {
  it.each<[string, string, Record<string, string>, number | null]>([
    ['is memory.max in version 2', V2, { 'system.slice/tux.service/memory.max': '536870912' }, 536_870_912],
    [
      'is the smallest of all around it',
      V2,
      { 'system.slice/memory.max': '1000000', 'system.slice/tux.service/memory.max': '2000000' },
      1_000_000,
    ],
    [
      'is memory.high where that is smaller',
      V2,
      { 'system.slice/tux.service/memory.max': '2000000', 'system.slice/tux.service/memory.high': '1500000' },
      1_500_000,
    ],
    ['is that of the container that sees itself at the top', '0::/', { 'memory.max': '3000000' }, 3_000_000],
    [
      'is memory.limit_in_bytes in version 1',
      V1,
      { 'memory/system.slice/tux.service/memory.limit_in_bytes': '4000000' },
      4_000_000,
    ],
    ['is nothing where it says max', V2, { 'system.slice/tux.service/memory.max': 'max' }, null],
    [
      "is nothing where it is version 1's largest number",
      V1,
      { 'memory/system.slice/tux.service/memory.limit_in_bytes': '9223372036854771712' },
      null,
    ],
    ['is nothing where none can be read', '', {}, null],
  ])('%s', (_, membership, files, expected) => {
    expect(limitWith(membership, files)).toBe(expected);
  });

  it('can be asked for on this machine', () => {
    expect(readCgroupMemoryLimit()).toSatisfy((limit) => limit === null || limit > 0);
  });
});
