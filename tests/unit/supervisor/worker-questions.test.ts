import { beforeEach, describe, expect, it } from 'vitest';
import type { SupervisorMessage } from '../../../shared/ipc-protocol.js';
import { FakeClock } from '../../../shared/testing/index.js';
import type { WorkerProcess } from '../../../supervisor/worker-process.js';
import { WorkerQuestions } from '../../../supervisor/worker-questions.js';

type ExitStatus = Awaited<WorkerProcess['exited']>;

let sent: SupervisorMessage[];
let end: () => void;
let worker: Pick<WorkerProcess, 'send' | 'exited'>;
let questions: WorkerQuestions;
let clock: FakeClock;

beforeEach(() => {
  sent = [];
  const exited = new Promise<ExitStatus>((resolve) => {
    end = () => resolve({ code: 0, signal: null, uptimeMs: 1, runaways: [] });
  });
  worker = { exited, send: (message) => sent.push(message) > 0 };
  clock = new FakeClock();
  questions = new WorkerQuestions(clock);
});

const idOf = (index: number) => (sent[index] as SupervisorMessage & { type: 'question' }).id;

describe('a question to the worker', () => {
  it('gets its own answer', async () => {
    const first = questions.ask(worker, 'metrics');
    const second = questions.ask(worker, 'details');
    questions.settle({ type: 'answer', id: idOf(1), text: 'second' });
    questions.settle({ type: 'answer', id: idOf(0), text: 'first' });
    expect(await Promise.all([first, second])).toEqual(['first', 'second']);
    expect(sent).toMatchObject([{ about: 'metrics' }, { about: 'details' }]);
  });

  it('is given up after two seconds', async () => {
    const answer = questions.ask(worker, 'metrics');
    await clock.advance(2_000);
    expect(await answer).toBeNull();
    questions.settle({ type: 'answer', id: idOf(0), text: 'late' });
  });

  it('ends with the worker', async () => {
    const answer = questions.ask(worker, 'metrics');
    end();
    expect(await answer).toBeNull();
  });

  it('is not waited for when it cannot be sent', async () => {
    expect(await questions.ask({ ...worker, send: () => false }, 'metrics')).toBeNull();
  });
});
