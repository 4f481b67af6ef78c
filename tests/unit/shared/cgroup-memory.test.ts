import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CgroupFiles, readCgroupHeadroom, readCgroupMemoryLimit } from '../../../shared/cgroup-memory.js';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tux-cgroup-'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** Where a process has this membership and these files exist. */
function filesOf(membership: string, files: Record<string, string>): CgroupFiles {
  for (const [name, text] of Object.entries({ membership, ...files })) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), `${text}\n`);
  }
  return { membership: join(root, 'membership'), root };
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
    expect(readCgroupMemoryLimit(filesOf(membership, files))).toBe(expected);
  });

  it('can be asked for on this machine', () => {
    expect(readCgroupMemoryLimit()).toSatisfy((limit) => limit === null || limit > 0);
  });
});

describe('what the control group leaves', () => {
  it.each<[string, string, Record<string, string>, number | null]>([
    [
      'is the limit less what is used, caches of files aside',
      V2,
      {
        'system.slice/tux.service/memory.max': '500000000',
        'system.slice/tux.service/memory.current': '300000000',
        'system.slice/tux.service/memory.stat': 'anon 250000000\ninactive_file 40000000\nactive_file 10000000',
      },
      240_000_000,
    ],
    [
      'is the least of all around it, which is not that with the smallest limit',
      V2,
      {
        'system.slice/memory.high': '900000000',
        'system.slice/memory.current': '850000000',
        'system.slice/tux.service/memory.max': '500000000',
        'system.slice/tux.service/memory.current': '100000000',
      },
      50_000_000,
    ],
    [
      'goes by the files of version 1 there',
      V1,
      {
        'memory/system.slice/tux.service/memory.limit_in_bytes': '500000000',
        'memory/system.slice/tux.service/memory.usage_in_bytes': '480000000',
        'memory/system.slice/tux.service/memory.stat': 'inactive_file 1\ntotal_inactive_file 30000000',
      },
      50_000_000,
    ],
    [
      'is nothing at all where more is used than allowed',
      V2,
      { 'system.slice/tux.service/memory.high': '5', 'system.slice/tux.service/memory.current': '9' },
      0,
    ],
    ['is not known without a limit', V2, { 'system.slice/tux.service/memory.max': 'max' }, null],
    ['is not known where the use cannot be read', V2, { 'system.slice/tux.service/memory.max': '5' }, null],
  ])('%s', (_, membership, files, expected) => {
    expect(readCgroupHeadroom(filesOf(membership, files))).toBe(expected);
  });
});
