import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** From spawn() to the first line of a Node that does nothing else, so many times, in ms. */
export async function bareStarts(count: number): Promise<number[]> {
  const times: number[] = [];
  while (times.length < count) {
    const startedAt = performance.now();
    // Not our whole environment: NODE_EXTRA_CA_CERTS alone can double it.
    const child = spawn(process.execPath, ['-e', 'console.log("here")'], { env: { PATH: process.env.PATH } });
    await once(child.stdout, 'data');
    times.push(performance.now() - startedAt);
    await once(child, 'close');
  }
  return times;
}
