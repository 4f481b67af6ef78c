import { WebSocket } from 'ws';
import { parseInspectorAddress } from '../../supervisor/worker/hang-stack.js';
import type { Program } from './tux-rig.js';

/**
 * Runs `expression` in a worker by its inspector, which is opened for it. It may not block by itself: the inspector does not
 * interrupt its own work, so use `setImmediate`.
 */
export async function evaluateInWorker(supervisor: Program, workerPid: number, expression: string): Promise<void> {
  const from = supervisor.log.lines.length;
  process.kill(workerPid, 'SIGUSR1');
  const isAddress = ({ msg }: { msg: string }) => parseInspectorAddress(msg) !== undefined;
  const { msg } = await supervisor.log.waitFor('worker:stderr', isAddress, { from });
  const inspector = new WebSocket(parseInspectorAddress(msg) ?? '');
  await new Promise((resolve, reject) => inspector.once('open', resolve).once('error', reject));
  const request = JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression } });
  await new Promise<void>((resolve, reject) => inspector.send(request, (error) => (error ? reject(error) : resolve())));
  inspector.close();
}
