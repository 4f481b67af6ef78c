import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Vitest leaves one core to itself by default, which on two cores leaves one for the tests. */
const workers = Math.max(2, availableParallelism());

/** Three projects, from fast to slow; `npm test` runs them in this order (scripts/test.mjs). */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['tests/unit/**/*.test.ts'],
          // Some of them use real files, and a busy disk can take seconds for one fsync.
          testTimeout: 20_000,
          hookTimeout: 20_000,
          maxWorkers: workers,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['tests/integration/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          maxWorkers: workers,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          testTimeout: 90_000,
          hookTimeout: 60_000,
          // Each file runs several real processes, which mostly wait for one another.
          maxWorkers: 3,
        },
      },
    ],
  },
});
