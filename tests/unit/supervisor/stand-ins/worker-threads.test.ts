import { once } from 'node:events';
import * as real from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { isMainThread, threadId, Worker } from '../../../../supervisor/stand-ins/worker-threads.js';

describe('what stands in for node:worker_threads', () => {
  it('says of the main thread what Node says of it', () => {
    expect({ isMainThread, threadId }).toEqual({ isMainThread: true, threadId: 0 });
  });

  it('makes a real thread for whoever wants one', async () => {
    const Thread = Worker as unknown as typeof real.Worker;
    const thread = new Thread('require("node:worker_threads").parentPort.postMessage("hello")', { eval: true });
    expect(thread).toBeInstanceOf(real.Worker);
    expect(await once(thread, 'message')).toEqual(['hello']);
    await thread.terminate();
  });
});
