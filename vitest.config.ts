import { defineConfig } from 'vitest/config';

/** Three projects, from fast to slow; `npm test` runs them in this order (scripts/test.mjs). */
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['tests/unit/**/*.test.ts'] } },
      {
        test: {
          name: 'integration',
          include: ['tests/integration/**/*.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          testTimeout: 90_000,
          hookTimeout: 60_000,
          // Each file starts several real processes; more at once than cores only makes them all slow.
          maxWorkers: 2,
        },
      },
    ],
  },
});
