import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { environmentSchema } from '../../../shared/config/schema.js';
import { copiesOf, Dockerfile } from '../../support/dockerfile.js';

const root = resolve(import.meta.dirname, '../../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const file = new Dockerfile();
const manifest = JSON.parse(read('package.json')) as { engines: { node: string }; bin: Record<string, string> };

/** Compiled in a checkout only. */
const forDevelopers = ['bench', 'tests/chaos'];

/** Paths of the repository that .dockerignore lets into a build. */
const sent = read('.dockerignore')
  .split('\n')
  .filter((line) => line.startsWith('!'))
  .map((line) => line.slice(1));

describe('.dockerignore', () => {
  it('keeps everything out but what the Dockerfile copies', () => {
    expect(read('.dockerignore').split('\n')).toContain('*');
    const copied = file.stages.flatMap(copiesOf).filter(({ from }) => from === null);
    expect([...sent].sort()).toEqual([...new Set(copied.flatMap(({ sources }) => sources))].map(normal).sort());
    expect(sent.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});

describe('deploy/Dockerfile', () => {
  it('names its stages, and copies from those that there are', () => {
    const names = file.stages.map(({ name }) => name);
    expect(names).toEqual(['build', 'dependencies', 'tux']);
    const sources = file.stages.flatMap(copiesOf).flatMap(({ from }) => from ?? []);
    expect(sources.filter((name) => !names.includes(name))).toEqual([]);
  });

  it('starts from one pinned version of Node, slim, and not older than what Tux needs', () => {
    const [base = '', ...others] = [...new Set(file.stages.map((stage) => stage.base))];
    expect(others).toEqual([]);
    const [, major, minor] = /^node:(\d+)\.(\d+)\.\d+-[a-z]+-slim$/.exec(base) ?? [];
    const [, least] = />=(\d+)/.exec(manifest.engines.node) ?? [];
    expect(Number(major), base).toBeGreaterThanOrEqual(Number(least));
    expect(Number(major) % 2, 'an LTS has an even number').toBe(0);
    expect(minor).toBeDefined();
  });

  it('compiles all sources, and ships neither them nor the tools', () => {
    const [build, dependencies] = file.stages;
    const { include } = JSON.parse(read('tsconfig.build.json')) as { include: string[] };
    const sources = copiesOf(build ?? file.image).flatMap((copy) => copy.sources.map(normal));
    expect(sources).toEqual(expect.arrayContaining(include.filter((folder) => !forDevelopers.includes(folder))));
    for (const config of projects()) {
      expect(
        sources.some((source) => config === source || config.startsWith(`${source}/`)),
        config,
      ).toBe(true);
      expect(runs(build)).toContain(`tsc -p ${config}`);
    }
    expect(runs(build)).toMatch(
      /tsc -p \S+ && node scripts\/bundle\.mjs && node scripts\/bundle-packages\.mjs && node scripts\/empty-database\.mjs /,
    );
    expect(runs(dependencies)).toContain('npm ci --omit=dev');
    expect(file.copies.map(({ from, to }) => [from, to])).toEqual([
      [null, '/opt/tux/'],
      [null, '/opt/tux/assets'],
      ['dependencies', '/opt/tux/node_modules'],
      ['build', '/opt/tux/dist'],
    ]);
  });

  it('leaves out no install script that a dependency needs', () => {
    const { packages } = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, { dev?: boolean; hasInstallScript?: boolean }>;
    };
    const needy = Object.entries(packages).filter(([, { dev, hasInstallScript }]) => hasInstallScript && !dev);
    expect(needy.map(([path]) => path)).toEqual([]);
  });

  it('has every file that Tux reads at run time beside its code', () => {
    const paths = sourceFiles().flatMap((text) =>
      [...text.matchAll(/packageFile\('([^']+)'\)/g)].map(([, path]) => path),
    );
    expect(paths).toContain('assets/emojis');
    const copied = file.copies.flatMap(({ sources }) => sources.map((source) => posix.basename(source)));
    const isThere = (path = '') => path === '.' || copied.includes(path.split('/')[0] ?? '');
    // With deploy/ an image is made, in a checkout.
    expect(paths.filter((path) => !isThere(path) && !path?.startsWith('deploy/'))).toEqual([]);
  });

  it('runs as a user without rights, given as a number, who owns the folders', () => {
    const [, uid] = /^(\d+):(\d+)$/.exec(file.text('USER')) ?? [];
    expect(Number(uid)).toBeGreaterThan(0);
    const folders = JSON.parse(file.text('VOLUME')) as string[];
    expect(runs(file.image)).toContain(`install -d -o node -g node -m 0700 ${folders.join(' ')}`);
    expect(folders).toEqual([file.environment.TUX_STATE_DIR, file.environment.TUX_LOG_DIR]);
  });

  it('sets only what there is to set, to valid values', () => {
    const { NODE_ENV, ...settings } = file.environment;
    expect(NODE_ENV).toBe('production');
    expect(Object.keys(settings).filter((name) => !(name in environmentSchema.shape))).toEqual([]);
    expect(environmentSchema.parse({ DISCORD_TOKEN: 'x', ...settings })).toMatchObject({
      TUX_HTTP_HOST: '0.0.0.0',
      TUX_HTTP_PORT: Number(file.text('EXPOSE')),
    });
  });

  it('has an init for process 1, in exec form, that hands signals on to Node and not to a shell', () => {
    expect(file.exec('ENTRYPOINT').slice(0, 3)).toEqual(['tini', '--', 'node']);
    expect(runs(file.image)).toMatch(/apt-get install .*\btini\b/);
    expect(file.text('STOPSIGNAL')).toBe('SIGTERM');
    expect(posix.relative(file.text('WORKDIR'), file.exec('ENTRYPOINT')[3] ?? '')).toBe(manifest.bin['tux-supervisor']);
    expect(file.exec('CMD')).toEqual(['start']);
  });

  it('has both command lines on its PATH', () => {
    for (const [name, program] of Object.entries(manifest.bin)) {
      expect(runs(file.image)).toContain(`ln -s ${posix.join(file.text('WORKDIR'), program)} /usr/local/bin/${name}`);
      expect(runs(file.stages[0])).toMatch(new RegExp(`chmod 0755 .*${program}`));
    }
  });

  it('asks with its own means whether it is healthy, as a slim image has no curl', () => {
    const [program, flag, script = ''] = file.exec('HEALTHCHECK');
    expect([program, flag]).toEqual(['node', '-e']);
    expect(script).toContain('/healthz');
    expect(() => new Function(script)).not.toThrow();
  });

  it('names in its first lines what docker run has to be told', () => {
    const { TUX_STOP_TIMEOUT_MS } = environmentSchema.parse({ DISCORD_TOKEN: 'x' });
    const [, seconds] = /--stop-timeout (\d+)/.exec(read('deploy/Dockerfile')) ?? [];
    expect(Number(seconds)).toBeGreaterThan(TUX_STOP_TIMEOUT_MS / 1_000 + 8);
  });
});

/** What `npm run setup` compiles. */
function projects(): string[] {
  const [, list = ''] = /const projects = \[(.+)\];/.exec(read('scripts/setup.mjs')) ?? [];
  const found = [...list.matchAll(/join\(([^)]+)\)|'([^']+)'/g)];
  const paths = found.map(([, parts, path]) => path ?? parts?.replaceAll(/[' ]/g, '').replaceAll(',', '/') ?? '');
  expect(paths).toContain('tsconfig.build.json');
  return paths;
}

const normal = (path: string) => path.replace(/^\.\//, '').replace(/\/$/, '');

function runs(stage: (typeof file.stages)[number] | undefined): string {
  const texts = stage?.instructions.filter(({ name }) => name === 'RUN').map(({ text }) => text) ?? [];
  return texts.join('\n').replaceAll(/\s+/g, ' ');
}

function sourceFiles(): string[] {
  return ['bot', 'sandbox', 'shared', 'supervisor'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => read(join(folder, name))),
  );
}
