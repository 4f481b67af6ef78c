// `npm test`: format and lint, types, unused code, then the tests from fast to slow. Every step runs even when an earlier
// one failed, so that one run shows everything; the last line has the totals.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';

const cache = join('node_modules', '.cache', 'tux-test');
rmSync(cache, { recursive: true, force: true });
mkdirSync(cache, { recursive: true });

const failedSteps = [];
const failures = [];
const totals = { passed: 0, failed: 0 };

// Beside one another, as each has times in which it leaves a core alone; told one after the other. With several threads the
// compiler does the same work more than once: half as much again in all.
const checks = [
  start('format and lint', ['biome', 'ci', '.']),
  start('types', ['tsc', '--noEmit', '-p', 'tsconfig.json', '--singleThreaded']),
  start('types of the page', ['tsc', '-p', 'page']),
  start('unused code', ['knip']),
];
for (const told of checks) await told();
// One run for all projects, in the order that vitest.config.ts gives them.
tests();

if (failedSteps.length > 0) console.log(`\nFailed: ${failedSteps.join(', ')}`);
// Told again at the very end: in a log that keeps only its tail, they would be lost among the steps that came after.
for (const { name, message } of failures) console.log(`\n✗ ${name}\n${message}`);
console.log(`\n${totals.passed} passed, ${totals.failed} failed`);
process.exit(failedSteps.length === 0 ? 0 : 1);

function tests() {
  const name = 'tests';
  const report = join(cache, 'tests.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  // Each project compiles for itself what it needs, unless there is a place where they find what another has compiled.
  const sharing = ['--experimental.fsModuleCache', `--experimental.fsModuleCachePath=${join(cache, 'modules')}`];
  step(name, ['vitest', 'run', ...reporters, ...sharing]);
  try {
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
    totals.passed += numPassedTests;
    totals.failed += numFailedTests;
    for (const file of testResults) collectFailures(file);
  } catch {
    failedSteps.push(`${name} (no report)`); // it did not get as far as running tests
  }
}

function collectFailures(file) {
  const path = relative(process.cwd(), file.name);
  const failed = file.assertionResults.filter((test) => test.status === 'failed');
  for (const test of failed) {
    failures.push({ name: `${path}: ${test.fullName}`, message: indent(test.failureMessages.join('\n')) });
  }
  // A file that failed as a whole (an import, a hook) has a message of its own and no failed test.
  if (failed.length === 0 && file.status === 'failed') failures.push({ name: path, message: indent(file.message) });
}

function indent(text) {
  return text.replaceAll(/^/gm, '  ').slice(0, 3000);
}

function step(name, [command, ...args]) {
  const startedAt = performance.now();
  console.log(`\n── ${name}`);
  const { status } = spawnSync(join('node_modules', '.bin', command), args, { stdio: 'inherit' });
  conclude(name, status, performance.now() - startedAt);
}

/** @returns what waits for its end and then says what it said. */
function start(name, [command, ...args]) {
  const startedAt = performance.now();
  const env = process.stdout.isTTY ? { ...process.env, FORCE_COLOR: '1' } : process.env; // as if it wrote there itself
  const child = spawn(join('node_modules', '.bin', command), args, { stdio: ['ignore', 'pipe', 'pipe'], env });
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
  child.on('error', (error) => output.push(Buffer.from(`${error.message}\n`)));
  const ended = new Promise((resolve) => {
    child.once('close', (status) => resolve({ status, tookMs: performance.now() - startedAt }));
  });
  return async () => {
    console.log(`\n── ${name}`);
    const { status, tookMs } = await ended;
    process.stdout.write(Buffer.concat(output));
    conclude(name, status, tookMs);
  };
}

function conclude(name, status, tookMs) {
  console.log(`── ${name}: ${status === 0 ? 'ok' : 'FAILED'} after ${(tookMs / 1000).toFixed(1)} s`);
  if (status !== 0) failedSteps.push(name);
}
