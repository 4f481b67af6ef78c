import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ExitCode } from '../../../../shared/exit-codes.js';
import { installUnit, printUnit } from '../../../../supervisor/commands/systemd.js';
import { asUnprivileged } from '../../../support/unprivileged.js';

let folder: string;
let path: string;
/** The user of this test may read and write everything that is asked for. */
let options: { user: string; stateDir: string; logDir: string; envFile: string; path: string };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-install-'));
  path = join(folder, 'my-tux.service');
  options = { user: userInfo().username, stateDir: folder, logDir: folder, envFile: join(folder, 'tux.env'), path };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('tux-supervisor systemd install', () => {
  it('writes what print prints, readable for all, and says what is next', async () => {
    const { user, envFile } = options;
    expect(await installUnit({ ...options, force: false })).toBe(
      [
        `✅ Wrote ${path}`,
        'Next, as root:',
        `   install -D -m 0640 -g ${user} .env ${envFile}   # the settings; DISCORD_TOKEN is needed`,
        '   systemctl daemon-reload',
        '   systemctl enable --now my-tux',
        '   systemctl status my-tux',
      ].join('\n'),
    );
    expect(await readFile(path, 'utf8')).toBe(printUnit(options));
    expect((await stat(path)).mode & 0o777).toBe(0o644);
    expect(await readdir(folder)).toEqual(['my-tux.service']);
  });

  it('changes nothing when the unit is the same, and mentions the settings only when there are none', async () => {
    await installUnit({ ...options, force: false });
    const { mtimeMs } = await stat(path);
    await writeFile(options.envFile, 'DISCORD_TOKEN=x\n');
    expect(await installUnit({ ...options, force: false })).toMatch(
      / is up to date\nNext, as root:\n +systemctl daemon-reload\n/,
    );
    expect((await stat(path)).mtimeMs).toBe(mtimeMs);
  });

  it('does not replace another unit unless it is told to', async () => {
    await writeFile(path, '[Service]\nExecStart=/bin/true\n');
    await expect(installUnit({ ...options, force: false })).rejects.toMatchObject({
      code: 'TUX_UNIT_EXISTS',
      exitCode: ExitCode.FAILURE,
      hint: expect.stringContaining(`--env-file ${options.envFile} | diff ${path} - ; then replace it with --force`),
    });
    expect(await readFile(path, 'utf8')).toContain('/bin/true');
    expect(await installUnit({ ...options, force: true })).toMatch(/^✅ Wrote /);
    expect(await readFile(path, 'utf8')).toBe(printUnit(options));
  });

  it('writes nothing for a user that there is not', async () => {
    await expect(installUnit({ ...options, user: 'nobody-of-this-name', force: false })).rejects.toMatchObject({
      code: 'TUX_SYSTEMD_INSTALL',
      exitCode: ExitCode.CONFIG,
      message: expect.stringMatching(/\n {3}there is no user nobody-of-this-name: useradd /),
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it('says what to do when it cannot write', async () => {
    const missing = join(folder, 'missing/tux.service');
    await expect(installUnit({ ...options, path: missing, force: false })).rejects.toMatchObject({
      code: 'TUX_SYSTEMD_WRITE',
      exitCode: ExitCode.IO_ERROR,
      hint: expect.stringContaining('make the folder first'),
    });
    await chmod(folder, 0o555);
    const deps = { succeeds: async () => true, exists: () => false, isRoot: false }; // commands of a nobody say nothing here
    const refused = asUnprivileged(() => installUnit({ ...options, force: false }, deps));
    await expect(refused).rejects.toMatchObject({ hint: expect.stringContaining('run it as root') });
    await chmod(folder, 0o700);
  });
});
