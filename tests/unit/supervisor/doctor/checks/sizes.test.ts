import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { embeddedDatabaseCheck } from '../../../../../supervisor/doctor/checks/embedded-database.js';
import { logSizeCheck } from '../../../../../supervisor/doctor/checks/log-size.js';
import { doctorContext, noSignal } from '../../../../support/doctor-context.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-doctor-'));
  await mkdir(join(folder, 'logs/reports'), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

describe('the log folder', () => {
  it('may have its size, and a little more until the next rotation', async () => {
    await writeFile(join(folder, 'logs/tux.log'), Buffer.alloc(1_000_000));
    const check = (megabytes: string) =>
      logSizeCheck.run(doctorContext(folder, { raw: { TUX_LOG_TOTAL_MB: megabytes } }), noSignal);
    expect(await check('200')).toEqual({ status: 'ok', summary: '1.0 MB of at most 200.0 MB' });
    await writeFile(join(folder, 'logs/reports/hang.json'), Buffer.alloc(200_000));
    expect(await check('1')).toMatchObject({ status: 'ok' });
    await writeFile(join(folder, 'logs/core'), Buffer.alloc(200_000));
    expect(await check('1')).toMatchObject({ status: 'warn', fix: `see what else lies there: ls -laS ${folder}/logs` });
  });
});

describe('the embedded database', () => {
  it('has a size and an age, once there is one', async () => {
    const context = doctorContext(folder);
    expect(await embeddedDatabaseCheck.run(context, noSignal)).toEqual({
      status: 'ok',
      summary: 'none yet; the first start makes it',
    });
    await mkdir(join(folder, 'state/pgdata/base'), { recursive: true });
    await writeFile(join(folder, 'state/pgdata/PG_VERSION'), '18\n');
    await writeFile(join(folder, 'state/pgdata/base/1'), Buffer.alloc(2_000_000));
    expect(await embeddedDatabaseCheck.run(context, noSignal)).toEqual({
      status: 'ok',
      summary: `2.0 MB, made on ${new Date().toISOString().slice(0, 10)}`,
    });
  });

  it('is not looked at where there is a server', async () => {
    const context = doctorContext(folder, { raw: { DATABASE_URL: 'postgres://a@b/c' } });
    expect(await embeddedDatabaseCheck.run(context, noSignal)).toMatchObject({ status: 'skipped' });
  });
});
