import { renameSync } from 'node:fs';
import { lightBeacon } from '../../shared/lock-beacon.js';

/** Leaves a socket behind as a killed owner does: nobody listens at it any more. */
export async function darkBeacon(path: string): Promise<void> {
  const extinguish = await lightBeacon(`${path}~`);
  renameSync(`${path}~`, path);
  await extinguish?.(); // removes the path that it was made with
}
