import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Vitest leaves one core to itself by default, which on two cores leaves one for the tests. */
const cores = Math.max(2, availableParallelism());

/** Tests with real processes often wait: for one another, or until the time of a policy has passed. */
const waiting = cores + 2;

/**
 * The test files that one worker runs share their modules: loading the bot anew for each of them costs more than running it. So
 * no test replaces a module (`tests/unit/architecture.test.ts` holds that), and what it replaces for a moment comes back by itself.
 */
const shared = { isolate: false, restoreMocks: true, unstubEnvs: true };

/** Files that take long, but are not long, which is all that vitest has to go by in a fresh checkout. */
const longest = [
  'e2e/chaos.test.ts',
  'e2e/continuity.test.ts',
  'e2e/kill.test.ts',
  'e2e/deploy.test.ts',
  'e2e/ctrl-c.test.ts',
  'e2e/disk.test.ts',
  'e2e/systemd.test.ts',
  'e2e/state-files.test.ts',
  'e2e/package.test.ts',
  'e2e/identify-budget.test.ts',
  'e2e/database-down.test.ts',
  'e2e/standby.test.ts',
  'e2e/drill.test.ts',
  'e2e/fresh-checkout.test.ts',
  'e2e/page.test.ts',
  'e2e/config-errors.test.ts',
  'e2e/pid-one.test.ts',
  'e2e/hang.test.ts',
  'e2e/tempban-kill.test.ts',
  'integration/effects-once.test.ts',
  'integration/database/embedded.test.ts',
  'integration/database/outage.test.ts',
  'integration/database/db-commands.test.ts',
  'integration/instance-lock.test.ts',
  'integration/job-queue-kill.test.ts',
];

/** What takes longest goes first, or it would go on alone at the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => longest.some((name) => moduleId.endsWith(name));
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

/** The first project runs alone. The other two run together: where the ones wait for time to pass, the others compute. */
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          include: ['tests/unit/**/*.test.ts'],
          // Some of them use real files, and a busy disk can take seconds for one fsync.
          testTimeout: 20_000,
          hookTimeout: 20_000,
          maxWorkers: cores,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...shared,
          name: 'integration',
          include: ['tests/integration/**/*.test.ts'],
          globalSetup: 'tests/support/shared-postgres-setup.ts',
          testTimeout: 60_000,
          hookTimeout: 120_000,
          maxWorkers: waiting,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...shared,
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          globalSetup: 'tests/support/shared-postgres-setup.ts',
          testTimeout: 90_000,
          hookTimeout: 60_000,
          maxWorkers: waiting,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
