// `npm run bench`: the rows of docs/performance.md, one after the other. `npm run bench NAME [-- COUNT]`: one of them, or one of the others
// named below; what COUNT counts stands at the top of `bench/NAME.ts`.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

const rows = [
  'restart', 'serving', 'start-up', 'idle', 'stop', 'enqueue', 'queue-depth', 'rehydration', 'reply', 'lifecycle',
]; // biome-ignore format: a list of words
/** Longer looks at one thing, with no peer beside them. */
const others = ['session-gap', 'session-snapshot', 'members'];
const withPeers = new Set(['restart', 'idle', 'stop', 'enqueue', 'reply', 'lifecycle']);
const peers = join('bench', 'peers');

const [name, ...args] = process.argv.slice(2);
if (name !== undefined && ![...rows, ...others].includes(name)) {
  fail(`There is no benchmark '${name}': ${[...rows, ...others].join(', ')}`);
}
const names = name === undefined ? rows : [name];
if (names.some((one) => withPeers.has(one))) installPeers();
console.log(`Node ${process.versions.node}, ${process.platform} ${process.arch}, ${availableParallelism()} cores`);
for (const one of names) {
  const { status } = spawnSync(process.execPath, [join('dist', 'bench', `${one}.js`), ...args], { stdio: 'inherit' });
  if (status !== 0) fail(`${one} failed`);
}

/** What Tux is measured against is no dependency of Tux: it is installed in a folder of its own, when somebody measures. */
function installPeers() {
  const stamp = join(peers, 'node_modules', '.tux-installed');
  const wanted = createHash('sha256')
    .update(readFileSync(join(peers, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.error('🔧 Installing what Tux is measured against, in bench/peers …');
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, error } = spawnSync('npm', ['ci', ...options], {
    cwd: peers,
    stdio: ['ignore', process.stderr, 'inherit'],
  });
  if (error || status !== 0) {
    const alone = rows.filter((one) => !withPeers.has(one)).join(', ');
    fail(
      `The peers in bench/peers could not be installed: check the network and the npm registry. Without them: ${alone}`,
    );
  }
  writeFileSync(stamp, wanted);
}

function fail(text) {
  console.error(`❌ ${text}`);
  process.exit(1);
}
