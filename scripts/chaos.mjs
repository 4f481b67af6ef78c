// `npm run chaos -- --rounds 100 --seed S [--only KIND]`, `npm run chaos -- --seed S --round K`: Tux under traffic, with faults by chance, and a
// look at its promises after each round (docs/reliability.md). Without a seed another one each time. The driver runs in a mount
// namespace of its own, with a small tmpfs that can be filled; both are gone when it ends, however it ends.
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const DISK = 'size=24m,nr_inodes=600,mode=0700';
// The last one counts: whoever names a seed, in whatever form, gets it.
const args = ['--seed', String(randomInt(1_000_000)), ...process.argv.slice(2)];

const driver = resolve(import.meta.dirname, '../dist/tests/chaos/main.js');
const disk = mkdtempSync(join(tmpdir(), 'tux-disk-'));
// Whoever is not root is root in the namespace for as long as it takes to mount, and nobody special again after that.
const rights = process.getuid() === 0 ? [] : ['--user', '--map-current-user', '--keep-caps'];
const giveUp = process.getuid() === 0 ? '' : 'setpriv --ambient-caps=-all --inh-caps=-all ';
const script = `mount -t tmpfs -o ${DISK} tmpfs "$0" && exec ${giveUp}"$@"`;
const child = spawn(
  'unshare',
  [...rights, '--mount', 'sh', '-c', script, disk, process.execPath, driver, '--disk', disk, ...args],
  { stdio: 'inherit' },
);
// The driver puts everything away first. A terminal tells it of Ctrl-C by itself.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
const [code] = await once(child, 'close').catch((error) => {
  console.error(`❌ The chaos driver did not start: it needs unshare and mount of util-linux (${error.message})`);
  return [1];
});
rmdirSync(disk);
process.exit(code ?? 1);
