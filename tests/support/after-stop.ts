import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { eventually } from './processes.js';
import { isLeftover, problemOfFile } from './state-folder.js';
import type { TuxRig } from './tux-rig.js';

/** What must hold once everything has stopped, whatever it was doing when it was told to. */
export async function expectNothingLeft(rig: TuxRig): Promise<void> {
  expect(rig.processes()).toEqual([]);
  const names = await readdir(rig.paths.stateDir);
  expect(names.filter(isLeftover)).toEqual([]);
  await expectWholeFiles(rig);
  const { counters } = rig.sandbox.recorder;
  await eventually('the sandbox has seen every connection close', () => counters.liveConnections === 0);
}

/** Every file of the state folder can be read from its first to its last byte. */
export async function expectWholeFiles(rig: TuxRig): Promise<void> {
  for (const name of await readdir(rig.paths.stateDir)) {
    expect(await problemOfFile(join(rig.paths.stateDir, name), { isGrowing: false }), name).toBeNull();
  }
}
