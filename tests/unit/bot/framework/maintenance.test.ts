import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Maintenance } from '../../../../bot/framework/maintenance.js';
import { FakeClock } from '../../../../shared/testing/fake-clock.js';
import { recordingLogger } from '../../../support/framework-fakes.js';

let folder: string;
let logger: ReturnType<typeof recordingLogger>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-maintenance-'));
  logger = recordingLogger();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const path = () => join(folder, 'maintenance.json');

/** The switch of one run of the bot. */
async function newRun(isForced = () => false): Promise<Maintenance> {
  const maintenance = new Maintenance({
    path: path(),
    runId: 'run',
    isForced,
    clock: new FakeClock(),
    log: logger.log,
  });
  await maintenance.open();
  return maintenance;
}

describe('Maintenance', () => {
  it('is off at first, and outlasts a restart in either position', async () => {
    const first = await newRun();
    expect([first.isOn, first.reason]).toEqual([false, null]);
    await first.turnOn('1', 'moving house');
    const second = await newRun();
    expect([second.isOn, second.reason]).toEqual([true, 'moving house']);
    await second.turnOff('1');
    expect([second.isOn, (await newRun()).isOn]).toEqual([false, false]);
    expect(logger.events()).toEqual(['maintenance:on', 'maintenance:on', 'maintenance:off']);
  });

  it('cannot be turned off while the setting holds it, and follows the setting', async () => {
    let isForced = true;
    const maintenance = await newRun(() => isForced);
    await maintenance.turnOff('1');
    expect([maintenance.isOn, maintenance.isForced]).toEqual([true, true]);
    isForced = false;
    expect(maintenance.isOn).toBe(false);
  });

  it('has not changed when it could not be written', async () => {
    const maintenance = await newRun();
    await rm(folder, { recursive: true });
    await writeFile(folder, 'a file where the folder was');
    await expect(maintenance.turnOn('1', null)).rejects.toMatchObject({ code: 'TUX_STATE_WRITE' });
    expect(maintenance.isOn).toBe(false);
  });

  it('is off after its file was damaged, which is put aside', async () => {
    await writeFile(path(), '{"schemaVersion":1}');
    expect((await newRun()).isOn).toBe(false);
    expect(logger.events()).toEqual(['maintenance:broken']);
    expect((await readdir(folder)).some((name) => name.includes('.broken.'))).toBe(true);
  });
});
