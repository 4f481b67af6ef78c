import { beforeEach, describe, expect, it } from 'vitest';
import type { SupervisorMessage } from '../../../../shared/ipc-protocol.js';
import { FakeClock } from '../../../../shared/testing/index.js';
import type { WorkerProcess } from '../../../../supervisor/worker/worker-process.js';
import { WorkerRequests } from '../../../../supervisor/worker/worker-requests.js';

type ExitStatus = Awaited<WorkerProcess['exited']>;

let sent: SupervisorMessage[];
let end: () => void;
let worker: Pick<WorkerProcess, 'send' | 'exited'>;
let requests: WorkerRequests<string>;
let clock: FakeClock;

beforeEach(() => {
  sent = [];
  const exited = new Promise<ExitStatus>((resolve) => {
    end = () => resolve({ code: 0, signal: null, uptimeMs: 1, runaways: [] });
  });
  worker = { exited, send: (message) => sent.push(message) > 0 };
  clock = new FakeClock();
  requests = new WorkerRequests(2_000, clock);
});

const about = (what: 'metrics' | 'details') => (id: string) => ({ type: 'question' as const, id, about: what });
const idOf = (index: number) => (sent[index] as SupervisorMessage & { type: 'question' }).id;

describe('a request to the worker', () => {
  it('gets its own answer', async () => {
    const first = requests.ask(worker, about('metrics'));
    const second = requests.ask(worker, about('details'));
    requests.settle(idOf(1), 'second');
    requests.settle(idOf(0), 'first');
    expect(await Promise.all([first, second])).toEqual(['first', 'second']);
    expect(sent).toMatchObject([{ about: 'metrics' }, { about: 'details' }]);
  });

  it('is given up when its time is over', async () => {
    const answer = requests.ask(worker, about('metrics'));
    await clock.advance(2_000);
    expect(await answer).toBeNull();
    requests.settle(idOf(0), 'late');
  });

  it('ends with the worker', async () => {
    const answer = requests.ask(worker, about('metrics'));
    end();
    expect(await answer).toBeNull();
  });

  it('is not waited for when it cannot be sent', async () => {
    expect(await requests.ask({ ...worker, send: () => false }, about('metrics'))).toBeNull();
  });
});
