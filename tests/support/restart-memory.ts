import { readFile, writeFile } from 'node:fs/promises';
import type { Paths } from '../../shared/paths.js';
import { initialRestartState } from '../../supervisor/restart/restart-policy.js';

/** As after a long run: else Tux would wait longer from crash to crash. For while no supervisor runs, which would write it back. */
export async function forgiveCrashes({ supervisorState }: Paths): Promise<void> {
  const file = JSON.parse(await readFile(supervisorState, 'utf8')) as { data: { restart: unknown } };
  file.data.restart = initialRestartState();
  await writeFile(supervisorState, JSON.stringify(file));
}
