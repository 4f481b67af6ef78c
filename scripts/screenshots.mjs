// `node scripts/screenshots.mjs` takes the pictures of the status page in docs/images anew: a real supervisor with its sandbox, a
// real browser (tests/pictures). Takes about two minutes, most of it for the curves in the charts. Tux writes emojis: this machine
// needs a font for them (fonts-noto-color-emoji).
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { startVitest } from 'vitest/node';

const { status } = spawnSync(process.execPath, [join('scripts', 'setup.mjs')], { stdio: 'inherit' });
if (status !== 0) process.exit(1);
const include = ['tests/pictures/*.test.ts'];
const vitest = await startVitest('test', [], {
  config: false,
  watch: false,
  include,
  testTimeout: 300_000,
  hookTimeout: 60_000,
});
await vitest.close();
