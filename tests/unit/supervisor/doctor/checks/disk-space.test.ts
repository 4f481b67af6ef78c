import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { type DiskSpace, diskSpaceCheck, judgeDisk } from '../../../../../supervisor/doctor/checks/disk-space.js';
import { doctorContext, noSignal } from '../../../../support/doctor-context.js';

const MB = 1_000_000;
const roomy: DiskSpace = {
  freeBytes: 5_000 * MB,
  totalBytes: 20_000 * MB,
  freeInodes: 900_000,
  totalInodes: 1_000_000,
};

describe('disk space', () => {
  it.each<[string, Partial<DiskSpace>, string]>([
    ['enough', {}, 'ok'],
    ['less than 500 MB', { freeBytes: 499 * MB, totalBytes: 1_000 * MB }, 'warn'],
    ['less than 5 %', { freeBytes: 900 * MB }, 'warn'],
    ['less than 50 MB', { freeBytes: 49 * MB }, 'fail'],
    ['nothing of nothing', { freeBytes: 0, totalBytes: 0 }, 'fail'],
    ['few inodes', { freeInodes: 40_000 }, 'warn'],
    ['hardly any inode', { freeInodes: 100 }, 'fail'],
    ['a file system without a number of inodes', { freeInodes: 0, totalInodes: 0 }, 'ok'],
  ])('with %s', (_what, space, status) => {
    const finding = judgeDisk('/srv/tux', { ...roomy, ...space });
    expect(finding.status).toBe(status);
    if (status !== 'ok') expect(finding.fix).toMatch(/^see what takes \w+: sudo du -x\S* .*\/srv\/tux/);
  });

  it('says how much', () => {
    expect(judgeDisk('/srv/tux', { ...roomy, freeBytes: 420 * MB, totalBytes: 13_548 * MB })).toMatchObject({
      summary: '420.0 MB free (3.1 %) where /srv/tux is',
    });
  });

  it('is measured once for folders on one disk, also before they are made', async () => {
    expect(await diskSpaceCheck.run(doctorContext(`${tmpdir()}/not/made/yet`), noSignal)).toHaveLength(1);
  });
});
