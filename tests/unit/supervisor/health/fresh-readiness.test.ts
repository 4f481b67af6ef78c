import { beforeEach, describe, expect, it } from 'vitest';
import type { WorkerReadiness } from '../../../../shared/control/worker-readiness.js';
import { FakeClock } from '../../../../shared/testing/index.js';
import { FreshReadiness } from '../../../../supervisor/health/fresh-readiness.js';
import type { ReadinessFacts } from '../../../../supervisor/health/readiness.js';
import { fakeWorker } from '../../../support/fake-status.js';

const { gateway } = fakeWorker();
if (!gateway) throw new Error('no gateway');
const well: WorkerReadiness = { gateway, databaseProblem: null };
const blocked = {
  ready: false,
  problems: [expect.stringContaining('the worker does not answer: its event loop is blocked')],
};

let clock: FakeClock;
let facts: ReadinessFacts;
let questions: number;
/** What the worker answers after `answersAfterMs`. */
let answer: string | null;
let answersAfterMs: number;
let runId: string;
let readiness: FreshReadiness;

beforeEach(() => {
  clock = new FakeClock();
  questions = 0;
  answer = JSON.stringify(well);
  answersAfterMs = 0;
  runId = 'RUN-1';
  const worker = {
    wasReady: true,
    isClosing: false,
    silentMs: 10,
    silenceLimitMs: 10_000,
    gateway,
    databaseProblem: null,
  };
  facts = { isStopping: false, pause: null, worker };
  const ask = async () => {
    questions += 1;
    await clock.sleep(answersAfterMs);
    return answer;
  };
  readiness = new FreshReadiness({ worker: () => facts.worker && { runId, ask }, facts: () => facts, clock });
});

describe('whether Tux serves at this moment', () => {
  it('is what the worker says', async () => {
    expect((await readiness.look()).readiness).toEqual({ ready: true, problems: [] });
    await clock.advance(1_000);
    answer = JSON.stringify({ gateway: { ...gateway, unansweredMs: 1_000 }, databaseProblem: 'refused' });
    expect((await readiness.look()).readiness).toEqual({
      ready: false,
      problems: ['the gateway has sent no events for 5 ms', 'the database does not answer: refused'],
    });
  });

  it('is what the worker says also where its last heartbeat said something else', async () => {
    const { worker } = facts;
    facts = { ...facts, worker: worker && { ...worker, databaseProblem: 'refused' } };
    expect(await readiness.look()).toEqual({ readiness: { ready: true, problems: [] }, answer: well });
    answer = null;
    await clock.advance(1_000);
    expect((await readiness.look()).readiness).toEqual(blocked);
  });

  it('is not asked of a worker that is known not to', async () => {
    facts = { ...facts, isStopping: true };
    expect((await readiness.look()).readiness).toEqual({ ready: false, problems: ['Tux is being stopped'] });
    facts = { isStopping: false, pause: null, worker: null };
    expect((await readiness.look()).readiness).toEqual({ ready: false, problems: ['no worker'] });
    expect(questions).toBe(0);
  });

  it.each([null, '', 'no JSON', '{}'])('is no when the worker answers %j', async (given) => {
    answer = given;
    expect((await readiness.look()).readiness).toEqual(blocked);
  });

  it('is what is known when the worker ends while it is asked', async () => {
    answer = null;
    answersAfterMs = 500;
    const asked = readiness.look();
    facts = { isStopping: false, pause: null, worker: null };
    await clock.advance(500);
    expect(await asked).toEqual({ readiness: { ready: false, problems: ['no worker'] }, answer: null });
  });
});

describe('the question to the worker', () => {
  it('is one for all who ask within a second', async () => {
    answersAfterMs = 1_500;
    const first = [readiness.look(), readiness.look()];
    await clock.advance(1_200);
    first.push(readiness.look());
    await clock.advance(300);
    await Promise.all(first);
    await clock.advance(999);
    await readiness.look();
    expect(questions).toBe(1);
    await clock.advance(1);
    const again = readiness.look();
    await clock.advance(1_500);
    await again;
    expect(questions).toBe(2);
  });

  it('is a new one for another worker', async () => {
    await readiness.look();
    runId = 'RUN-2';
    await readiness.look();
    expect(questions).toBe(2);
  });
});
