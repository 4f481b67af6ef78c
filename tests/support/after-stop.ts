import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { eventually } from './processes.js';
import type { TuxRig } from './tux-rig.js';

/** Locks with their folders and queues, sockets, temporary files, and files that were put aside because they were torn. */
const LEFTOVER = /\.lock$|\.mutex|\.sock$|\.json\.\d+$|\.broken\./;

/** What must hold once everything has stopped, whatever it was doing when it was told to. */
export async function expectNothingLeft(rig: TuxRig): Promise<void> {
  expect(rig.processes()).toEqual([]);
  const names = await readdir(rig.paths.stateDir);
  expect(names.filter((name) => LEFTOVER.test(name))).toEqual([]);
  await expectWholeFiles(rig);
  const { counters } = rig.sandbox.recorder;
  await eventually('the sandbox has seen every connection close', () => counters.liveConnections === 0);
}

/** Every file of the state folder can be read from its first to its last byte. */
export async function expectWholeFiles(rig: TuxRig): Promise<void> {
  for (const name of await readdir(rig.paths.stateDir)) {
    if (!/\.(json|jsonl|journal)$/.test(name)) continue;
    const text = await readFile(join(rig.paths.stateDir, name), 'utf8');
    const parts = name.endsWith('.json') ? [text] : text.split('\n').filter(Boolean);
    for (const part of parts) expect(() => JSON.parse(part), `${name}: ${part}`).not.toThrow();
  }
}
