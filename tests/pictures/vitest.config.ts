import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

/** What is taken for the documents, apart from the tests: see scripts/screenshots.mjs. */
export default defineConfig({
  root: resolve(import.meta.dirname, '../..'),
  test: { include: ['tests/pictures/*.pictures.ts'], testTimeout: 300_000, hookTimeout: 60_000 },
});
