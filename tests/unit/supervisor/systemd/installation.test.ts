import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ExitCode } from '../../../../shared/exit-codes.js';
import { describeInstallation } from '../../../../supervisor/systemd/installation.js';

describe('the installation that a unit is made for', () => {
  it('is this one, run by this Node, with the folders of a service', () => {
    expect(describeInstallation({ envFile: '/there/is/no/such.env' })).toEqual({
      node: process.execPath,
      installDir: resolve(import.meta.dirname, '../../../..'),
      user: 'tux',
      stateDir: '/var/lib/tux',
      logDir: '/var/log/tux',
      envFile: '/there/is/no/such.env',
      stopTimeoutMs: 25_000,
    });
  });

  it('is what the operator says, by absolute paths', () => {
    const options = { user: 'bots', stateDir: 'state', logDir: '/srv/logs/', envFile: '../my.env' };
    expect(describeInstallation(options)).toMatchObject({
      user: 'bots',
      stateDir: resolve('state'),
      logDir: '/srv/logs',
      envFile: resolve('../my.env'),
    });
  });

  it('takes the stop timeout from the settings that the unit will have', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tux-unit-'));
    try {
      const envFile = join(folder, 'tux.env');
      await writeFile(envFile, 'TUX_STOP_TIMEOUT_MS=60000\n');
      expect(describeInstallation({ envFile }).stopTimeoutMs).toBe(60_000);
      await writeFile(envFile, 'TUX_STOP_TIMEOUT_MS=soon\n');
      expect(() => describeInstallation({ envFile })).toThrow(expect.objectContaining({ exitCode: ExitCode.CONFIG }));
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it.each([
    ['a user that is none', { user: 'tux; reboot' }, /'tux; reboot' is no name of a user/],
    ['a line break in a path', { logDir: '/srv/a\nExecStart=/bin/sh' }, /control character/],
    [
      'a state folder that is too long for the socket',
      { stateDir: `/srv/${'x'.repeat(100)}` },
      /too long for the control socket/,
    ],
  ])('refuses %s', (_, options, message) => {
    expect(() => describeInstallation(options)).toThrow(
      expect.objectContaining({ exitCode: ExitCode.USAGE, message: expect.stringMatching(message) }),
    );
  });
});
