import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolvePaths } from '../../../../shared/paths.js';
import { FakeClock } from '../../../../shared/testing/index.js';
import { listAside } from '../../../../supervisor/logs/aside.js';
import { LogFolder } from '../../../../supervisor/logs/log-folder.js';

const DAY_MS = 86_400_000;

let logDir: string;
let clock: FakeClock;
let folder: LogFolder;
let totalBytes: number;
let problems: Error[];

beforeEach(async () => {
  logDir = await mkdtemp(join(tmpdir(), 'tux-log-folder-'));
  clock = new FakeClock(Date.UTC(2026, 0, 10, 12));
  totalBytes = 1_000;
  problems = [];
  folder = new LogFolder({
    paths: resolvePaths({ stateDir: logDir, logDir }),
    limits: () => ({ maxFileBytes: 100, keepMs: 2 * DAY_MS, totalBytes }),
    clock,
    onProblem: (error) => problems.push(error),
  });
});
afterEach(() => rm(logDir, { recursive: true, force: true }));

function fill(...names: string[]): void {
  mkdirSync(join(logDir, 'reports'), { recursive: true });
  for (const name of names) writeFileSync(join(logDir, name), 'x'.repeat(300));
}
const names = () =>
  readdirSync(logDir, { recursive: true })
    .map(String)
    .filter((name) => name !== 'reports')
    .sort();

describe('the log folder', () => {
  it('is left alone until this process is in charge of it', async () => {
    fill('tux-20250101T000000000Z.log');
    await folder.tidy();
    expect(names()).toHaveLength(1);
    folder.takeCharge();
    await folder.tidy();
    expect(names()).toEqual([]);
  });

  it('loses what is too old, and nothing that is not ours', async () => {
    const ours = [
      'tux-20260107T000000000Z.log',
      'crash-20260107T000000000Z.log',
      'reports/hang-20260107T000000000Z-RUN.json',
    ];
    const foreign = [
      'tux-20260107.log',
      'tux.log.1',
      'other-20200101T000000000Z.log',
      'reports/notes.json',
      'tux-20201399T000000000Z.log',
    ];
    fill(...ours, ...foreign, 'tux.log', 'crash.log', 'tux-20260110T000000000Z.log');
    totalBytes = 10_000;
    folder.takeCharge();
    await folder.tidy();
    expect(names()).toEqual([...foreign, 'tux.log', 'crash.log', 'tux-20260110T000000000Z.log'].sort());
  });

  it('counts crash records and reports to what all may take', async () => {
    fill('tux.log', 'crash.log', 'reports/hang-20260110T000000000Z-RUN.json', 'tux-20260109T000000000Z.log');
    folder.takeCharge();
    await folder.tidy();
    expect(names()).toEqual(['crash.log', 'reports/hang-20260110T000000000Z-RUN.json', 'tux.log']);
  });

  it('has limits that count at once when they change', async () => {
    fill('tux-20260109T000000000Z.log', 'tux-20260110T000000000Z.log');
    folder.takeCharge();
    await folder.tidy();
    expect(names()).toHaveLength(2);
    totalBytes = 500;
    await folder.tidy();
    expect(names()).toEqual(['tux-20260110T000000000Z.log']);
  });

  it('puts files aside under the time of that, and tidies up afterwards', async () => {
    folder.takeCharge();
    for (let n = 0; n < 5; n += 1) {
      fill('tux.log');
      folder.putAside(folder.paths.log);
      await clock.advance(1_000);
    }
    await folder.tidy();
    expect(names()).toEqual([
      'tux-20260110T120002000Z.log',
      'tux-20260110T120003000Z.log',
      'tux-20260110T120004000Z.log',
    ]);
    expect((await listAside(folder.paths.log)).map(({ finishedAt }) => finishedAt)).toEqual(
      [2, 3, 4].map((second) => Date.UTC(2026, 0, 10, 12, 0, second)),
    );
  });

  it('does all that is asked for while it is at work', async () => {
    folder.takeCharge();
    await folder.tidy();
    const first = folder.tidy();
    fill('tux-20260101T000000000Z.log');
    await Promise.all([first, folder.tidy()]);
    expect(names()).toEqual([]);
  });

  it('says what keeps it from that, and tries again the next time', async () => {
    mkdirSync(join(logDir, 'tux-20260101T000000000Z.log'));
    folder.takeCharge();
    await folder.tidy();
    expect(problems[0]?.message).toMatch(/EISDIR|EPERM/);
    await rm(join(logDir, 'tux-20260101T000000000Z.log'), { recursive: true });
    fill('tux-20260101T000000000Z.log');
    await folder.tidy();
    expect(names()).toEqual([]);
  });

  it('need not be there', async () => {
    await rm(logDir, { recursive: true });
    folder.takeCharge();
    await folder.tidy();
    expect(problems).toEqual([]);
  });
});
