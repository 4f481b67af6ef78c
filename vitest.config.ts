import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Vitest leaves one core to itself by default, which on two cores leaves one for the tests. */
const cores = Math.max(2, availableParallelism());

/** Tests with real processes often wait: for one another, or until the time of a policy has passed. */
const waiting = cores + 3;

/**
 * The test files that one worker runs share their modules: loading the bot anew for each of them costs more than running it. So
 * no test replaces a module (`tests/unit/architecture.test.ts` holds that), and what it replaces for a moment comes back by itself.
 */
const shared = { isolate: false, restoreMocks: true, unstubEnvs: true };

/**
 * What takes long, the longest first, or it would go on alone at the end. Vitest has only the size of a file to go by in a fresh
 * checkout, which says nothing.
 */
const longRuns = [
  'e2e/continuity.test.ts',
  'e2e/kill.test.ts',
  'e2e/chaos.test.ts',
  'e2e/deploy.test.ts',
  'e2e/systemd.test.ts',
  'e2e/standby.test.ts',
  'e2e/package.test.ts',
  'e2e/drill.test.ts',
  'e2e/database-down.test.ts',
  'e2e/ctrl-c.test.ts',
  'e2e/identify-budget.test.ts',
  'e2e/disk.test.ts',
  'e2e/page.test.ts',
  'e2e/fresh-checkout.test.ts',
  'e2e/commands.test.ts',
  'e2e/state-files.test.ts',
  'e2e/health.test.ts',
  'e2e/hang.test.ts',
  'e2e/pid-one.test.ts',
];
const longIntegration = [
  'integration/effects-once.test.ts',
  'integration/database/embedded.test.ts',
  'integration/database/outage.test.ts',
  'integration/database/db-commands.test.ts',
  'integration/instance-lock.test.ts',
  'integration/discord/gateway-service.test.ts',
  'integration/cogs/events.test.ts',
  'integration/database/connection-ahead.test.ts',
  'integration/cogs/utility.test.ts',
  'integration/cogs/moderation.test.ts',
  'integration/database/database.test.ts',
  'integration/cogs/guild.test.ts',
  'integration/sandbox/gateway.test.ts',
  'integration/cogs/levels.test.ts',
  'integration/supervisor/worker/worker-run.test.ts',
  'integration/application.test.ts',
  'integration/job-queue-kill.test.ts',
  'integration/supervisor/control.test.ts',
  'integration/framework.test.ts',
  'integration/sandbox/cli.test.ts',
];
const shorterRuns = [
  'e2e/config-errors.test.ts',
  'e2e/admin-restart.test.ts',
  'e2e/reload.test.ts',
  'e2e/tempban-kill.test.ts',
  'e2e/evening.test.ts',
  'e2e/gateway.test.ts',
  'e2e/telemetry.test.ts',
  'e2e/notify.test.ts',
  'e2e/standalone.test.ts',
  'e2e/events.test.ts',
];

/**
 * The longest runs of real processes first, then all integration tests, then the other runs. A worker is kept for the next file
 * only if that is of the same project; else another one is started, and the modules of the bot are loaded anew.
 */
class InBlocks extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((left, right) => rankOf(left) - rankOf(right)); // equal ones stay as they are
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const place = (names: readonly string[]) => names.findIndex((name) => moduleId.endsWith(`/tests/${name}`));
  const long = place(longRuns);
  if (long !== -1) return long;
  const isIntegration = moduleId.includes('/tests/integration/');
  const names = isIntegration ? longIntegration : shorterRuns;
  const within = place(names);
  return (isIntegration ? 1_000 : 2_000) + (within === -1 ? names.length : within);
}

/** The first project runs alone. The other two run together: where the ones wait for time to pass, the others compute. */
export default defineConfig({
  test: {
    sequence: { sequencer: InBlocks },
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
