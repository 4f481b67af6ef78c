import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TuxError } from '../../../../../shared/errors.js';
import { configurationCheck } from '../../../../../supervisor/doctor/checks/configuration.js';
import type { DoctorContext } from '../../../../../supervisor/doctor/context.js';
import { doctorContext, noSignal } from '../../../../support/doctor-context.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-doctor-'));
});
afterEach(() => rm(folder, { recursive: true }));

const check = (more: Partial<DoctorContext>) => configurationCheck.run(doctorContext(folder, more), noSignal);

describe('the configuration', () => {
  it('is fine when every setting is', () => {
    expect(check({ raw: { DISCORD_TOKEN: 'x', TUX_PREFIX: '!' } })).toEqual([
      { status: 'ok', summary: expect.stringMatching(/^valid, 2 of \d+ settings given$/) },
    ]);
  });

  it('shows all problems at once', () => {
    expect(check({ raw: { LOG_LEVEL: 'loud', TUX_PREFIX: 'a b' } })).toEqual([
      {
        status: 'fail',
        summary: 'DISCORD_TOKEN: is missing',
        fix: expect.stringMatching(/^set it in .*\.env; to try Tux without one: .*--sandbox$/),
      },
      {
        status: 'fail',
        summary: expect.stringMatching(/^TUX_PREFIX: .*received 'a b'/),
        fix: expect.stringContaining('TUX_PREFIX'),
      },
      {
        status: 'fail',
        summary: expect.stringMatching(/^LOG_LEVEL: .*received 'loud'/),
        fix: expect.stringContaining('LOG_LEVEL'),
      },
    ]);
  });

  it('is not valid when its file cannot be read', () => {
    const envProblem = new TuxError('TUX_CONFIG', 'Cannot read /srv/.env (EACCES)', { hint: 'make it readable' });
    expect(check({ envProblem })).toEqual([
      { status: 'fail', summary: 'Cannot read /srv/.env (EACCES)', fix: 'make it readable' },
    ]);
  });

  it('warns of a name that is not quite right', () => {
    expect(check({ raw: { DISCORD_TOKEN: 'x', TUX_OWNER_ID: '1', TUX_ENV_FILE: '/etc/tux.env' } })).toMatchObject([
      { status: 'ok' },
      { status: 'warn', summary: 'TUX_OWNER_ID is no setting of Tux, so it does nothing' },
    ]);
  });

  it.each([
    [0o644, 1],
    [0o640, 0],
    [0o600, 0],
  ])('warns when everybody can read the token: mode %o', async (mode, warnings) => {
    await writeFile(join(folder, '.env'), 'DISCORD_TOKEN=x', { mode });
    const findings = [await check({})].flat();
    expect(findings.filter(({ fix }) => fix === `chmod 600 ${join(folder, '.env')}`)).toHaveLength(warnings);
  });
});
