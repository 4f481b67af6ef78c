// `npm test`: format and lint, types, unused code, then the tests from fast to slow. Every step runs even when an earlier
// one failed, so that one run shows everything; the last line has the totals.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const cache = join('node_modules', '.cache', 'tux-test');
rmSync(cache, { recursive: true, force: true });
mkdirSync(cache, { recursive: true });

const failedSteps = [];
const totals = { passed: 0, failed: 0 };

step('format and lint', ['biome', 'ci', '.']);
step('types', ['tsc', '--noEmit', '-p', 'tsconfig.json']);
step('unused code', ['knip']);
tests('unit', ['--project', 'unit']);
tests('integration', ['--project', 'integration']);
tests('e2e', ['--project', 'e2e']);

if (failedSteps.length > 0) console.log(`\nFailed: ${failedSteps.join(', ')}`);
console.log(`\n${totals.passed} passed, ${totals.failed} failed`);
process.exit(failedSteps.length === 0 ? 0 : 1);

function tests(name, args) {
  const report = join(cache, `${name}.json`);
  step(name, ['vitest', 'run', ...args, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]);
  try {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8'));
    totals.passed += numPassedTests;
    totals.failed += numFailedTests;
  } catch {
    failedSteps.push(`${name} (no report)`); // it did not get as far as running tests
  }
}

function step(name, [command, ...args]) {
  const startedAt = performance.now();
  console.log(`\n── ${name}`);
  const { status } = spawnSync(join('node_modules', '.bin', command), args, { stdio: 'inherit' });
  console.log(
    `── ${name}: ${status === 0 ? 'ok' : 'FAILED'} after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`,
  );
  if (status !== 0) failedSteps.push(name);
}
