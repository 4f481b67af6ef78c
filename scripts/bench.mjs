// `npm run bench [NAME] [-- SECONDS]`: one benchmark by its name, or all of them, one after the other.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const benches = ['members', 'supervisor', 'session-gap', 'session-snapshot'];
const isName = benches.includes(process.argv[2]);
const names = isName ? [process.argv[2]] : benches;
const args = process.argv.slice(isName ? 3 : 2);

for (const name of names) {
  console.log(`\n── ${name}`);
  const { status } = spawnSync(process.execPath, [join('dist', 'bench', `${name}.js`), ...args], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
