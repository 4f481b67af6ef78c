import { chmod, chown, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { userName } from '../../../../../shared/not-allowed.js';
import { folderCheck, judgeFiles } from '../../../../../supervisor/doctor/checks/folder.js';
import { doctorContext, noSignal } from '../../../../support/doctor-context.js';
import { isRoot, NOBODY } from '../../../../support/postgres-binaries.js';
import { asUnprivileged } from '../../../../support/unprivileged.js';

let folder: string;
let state: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-doctor-'));
  state = join(folder, 'state');
  await mkdir(state, { mode: 0o700 });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

const check = async (path = 'state') =>
  [await folderCheck('folder', () => join(folder, path)).run(doctorContext(folder), noSignal)].flat();

describe('a folder', () => {
  it('that is private, ours and writable is fine, and is left as it was', async () => {
    await writeFile(join(state, 'supervisor.json'), '{}', { mode: 0o600 });
    expect(await check()).toEqual([{ status: 'ok', summary: `${state} is private, ours, and can be written to` }]);
    expect(await readdir(state)).toEqual(['supervisor.json']);
  });

  it('that is not there yet is made at the first start, and not now', async () => {
    expect(await check('new/state')).toMatchObject([
      { status: 'ok', summary: expect.stringContaining('the first start makes it') },
    ]);
    expect(await readdir(folder)).toEqual(['state']);
  });

  it('that is a file, or lies below one, is none', async () => {
    await writeFile(join(folder, 'file'), '');
    expect(await check('file')).toMatchObject([{ status: 'fail', summary: expect.stringContaining('is a file') }]);
    expect(await check('file/state')).toMatchObject([
      { status: 'fail', summary: expect.stringContaining('below a file') },
    ]);
  });

  it('that others may look into is a warning with a command', async () => {
    await chmod(state, 0o750);
    expect(await check()).toEqual([
      { status: 'warn', summary: `${state} is open to other users (mode 0750)`, fix: `chmod 700 ${state}` },
    ]);
  });

  it('names the files that others may read, if they get to them', async () => {
    for (const name of ['a', 'b c', 'd', 'e']) await writeFile(join(state, name), '', { mode: 0o644 });
    await chmod(join(state, 'a'), 0o600);
    expect(await check()).toMatchObject([{ status: 'ok' }]);
    await chmod(state, 0o755);
    expect(await check()).toEqual([
      { status: 'warn', summary: `${state} is open to other users (mode 0755)`, fix: `chmod 700 ${state}` },
      {
        status: 'warn',
        summary: `b c, d, e in ${state} are open to other users`,
        fix: `chmod 600 '${state}/b c' ${state}/d ${state}/e`,
      },
    ]);
  });

  it('of another user is a warning for root, who may do everything there', async () => {
    const uid = isRoot ? NOBODY : (process.getuid?.() ?? 0);
    const owner = userName(uid);
    await chown(state, uid, process.getgid?.() ?? 0);
    await writeFile(join(state, 'mine'), '', { mode: 0o600 });
    vi.spyOn(process, 'getuid').mockReturnValue(0);
    const foreign = {
      status: 'warn',
      summary: `${state} belongs to ${owner}, and this is root`,
      fix: expect.stringMatching(/^sudo -u .+ \S+node \S+supervisor\/main\.js doctor$/),
    };
    const mine = {
      status: 'fail',
      summary: `mine in ${state} belongs to root, the folder to ${owner}`,
      fix: `sudo chown -R ${owner} ${state}`,
    };
    expect(await check()).toEqual(isRoot ? [foreign, mine] : [foreign]);
  });

  it('of another user is a failure for everybody else', async () => {
    vi.spyOn(process, 'getuid').mockReturnValue((process.getuid?.() ?? 0) + 1);
    expect(await check()).toMatchObject([{ status: 'fail', summary: expect.stringContaining(`${state} belongs to `) }]);
  });

  it('that cannot be written to is a failure', async () => {
    await chmod(folder, 0o755);
    await chmod(state, 0o555);
    const [open, refused] = await asUnprivileged(() => check());
    expect(open).toMatchObject({ status: 'warn' });
    expect(refused).toMatchObject({ status: 'fail', summary: `Cannot write ${state} (EACCES)` });
    await chmod(state, 0o700);
  });
});

describe('the files of a folder', () => {
  const file = (path: string, uid: number, mode = 0o100600) => ({ path, uid, mode, isFile: true, bytes: 1 });

  it('all belong to its owner', () => {
    const files = [file('a', 1_234_567), file('b', 0), file('pgdata/c', 0), file('d', 0), file('e', 0)];
    expect(judgeFiles('/srv', { uid: 1_234_567, mode: 0o40755 }, files)).toEqual([
      {
        status: 'fail',
        summary: 'b, pgdata/c, d and 1 more in /srv belong to root, the folder to uid 1234567',
        fix: "sudo chown -R 'uid 1234567' /srv",
      },
    ]);
  });

  it('are private, except where the database sees to that itself', () => {
    expect(judgeFiles('/srv', { uid: 0, mode: 0o40755 }, [file('pgdata/PG_VERSION', 0, 0o100644)])).toEqual([]);
  });
});
