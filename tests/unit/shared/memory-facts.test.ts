import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readMemoryFacts } from '../../../shared/memory-facts.js';

it('the free memory is what the kernel calls available, and null where it says nothing', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tux-meminfo-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'meminfo');
  writeFileSync(path, 'MemTotal:        8000000 kB\nMemFree:          100000 kB\nMemAvailable:    4000000 kB\n');
  expect(readMemoryFacts(path).availableBytes).toBe(4_096_000_000);
  writeFileSync(path, 'MemTotal:        8000000 kB\n');
  expect(readMemoryFacts(path).availableBytes).toBeNull();
  expect(readMemoryFacts(join(folder, 'none')).availableBytes).toBeNull();
});
