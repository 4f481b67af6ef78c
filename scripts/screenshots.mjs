// `node scripts/screenshots.mjs` takes the pictures of the status page in docs/images anew: a real supervisor with its sandbox, a
// real browser (see tests/pictures). It takes about two minutes. Figures in the charts, and a font for emojis on this machine
// (fonts-noto-color-emoji), make them look as they should.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const setup = spawnSync(process.execPath, [join('scripts', 'setup.mjs')], { stdio: 'inherit' });
if (setup.status !== 0) process.exit(1);
const args = ['run', '--config', join('tests', 'pictures', 'vitest.config.ts')];
const { status } = spawnSync(join('node_modules', '.bin', 'vitest'), args, { stdio: 'inherit' });
process.exit(status ?? 1);
