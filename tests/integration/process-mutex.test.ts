import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { withMutex } from '../../shared/process-mutex.js';
import { ensureCompiled } from '../support/compiled.js';

const fixture = resolve(import.meta.dirname, '../fixtures/children/mutex-user.mjs');

let folder: string;
beforeAll(() => ensureCompiled(['shared/process-mutex.ts', 'shared/process-identity.ts']));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-mutex-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('never lets two processes in, although they are killed inside again and again', async () => {
  const path = join(folder, 'mutex');
  const outputs = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const child = spawn(process.execPath, [fixture, path], { stdio: ['ignore', 'pipe', 'inherit'] });
      let output = '';
      child.stdout.on('data', (chunk) => {
        output += chunk;
      });
      const [code, signal] = await once(child, 'close');
      return { output, ending: signal ?? code };
    }),
  );
  expect(outputs.map(({ output }) => output).join('')).toBe('');
  // Who is killed is left to chance: all, now and then.
  expect(outputs.filter(({ ending }) => ending !== 0 && ending !== 'SIGKILL')).toEqual([]);
  expect(outputs.some(({ ending }) => ending === 'SIGKILL')).toBe(true);
  await withMutex(path, async () => {}, { timeoutMs: 0 });
  expect(readdirSync(folder).filter((name) => !name.endsWith('.inside'))).toEqual([]);
});
