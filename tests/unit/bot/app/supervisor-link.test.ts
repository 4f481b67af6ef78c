import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SupervisorLink } from '../../../../bot/app/supervisor-link.js';
import type { SupervisorMessage, WorkerMessage } from '../../../../shared/ipc-protocol.js';
import { recordingLogger } from '../../../support/framework-fakes.js';

type LeaseRequest = WorkerMessage & { type: 'identify-lease' };

let link: SupervisorLink;
let sent: WorkerMessage[];
let cancel: AbortController;
const budget = { total: 1_000, remaining: 900, resetAt: null };
const limit = { total: 1_000, remaining: 901, reset_after: 0, max_concurrency: 1 };

beforeEach(() => {
  link = new SupervisorLink();
  cancel = new AbortController();
  sent = [];
  vi.spyOn(link, 'send').mockImplementation((message) => void sent.push(message));
});
afterEach(() => vi.restoreAllMocks());

const lease = () => link.lease(0, limit, cancel.signal);

function lastRequest(): LeaseRequest {
  const message = sent.at(-1);
  if (message?.type !== 'identify-lease') throw new Error('nothing was asked for');
  return message;
}

const grant = (id: string): SupervisorMessage => ({ type: 'identify-granted', id, budget });

describe('a lease over the link', () => {
  it('asks with what Discord said, and is granted', async () => {
    const answer = lease();
    expect(lastRequest()).toEqual({ type: 'identify-lease', id: expect.any(String), shardId: 0, limit });
    link.receive(grant(lastRequest().id));
    expect(await answer).toEqual({ granted: true, budget });
  });

  it('may be denied', async () => {
    const answer = lease();
    link.receive({ type: 'identify-denied', id: lastRequest().id, retryAfterMs: 5_000, reason: 'reserve' });
    expect(await answer).toEqual({ granted: false, retryAfterMs: 5_000, reason: 'reserve' });
  });

  it('gets its own answer, in whatever order they come', async () => {
    const first = lease();
    const firstId = lastRequest().id;
    const second = lease();
    link.receive({ type: 'identify-denied', id: lastRequest().id, retryAfterMs: 1, reason: 'second' });
    link.receive(grant(firstId));
    expect((await first).granted).toBe(true);
    expect((await second).granted).toBe(false);
  });

  it('ends when it is called off, with the reason, and forgets about the answer', async () => {
    const answer = lease();
    cancel.abort(new Error('shard closed'));
    await expect(answer).rejects.toThrow('shard closed');
    link.receive(grant(lastRequest().id));
    link.receive(grant('never-asked-for'));
  });

  it('that was called off before asks for nothing', async () => {
    cancel.abort(new Error('shard closed'));
    await expect(lease()).rejects.toThrow('shard closed');
    expect(sent).toEqual([]);
  });

  it('leaves no listener behind', async () => {
    const answer = lease();
    link.receive(grant(lastRequest().id));
    await answer;
    expect(getEventListeners(cancel.signal, 'abort')).toEqual([]);
  });
});

describe('messages of the supervisor', () => {
  it('of a shutdown reach who asked for them', () => {
    const heard: unknown[] = [];
    link.onShutdown((message) => heard.push(message));
    const shutdown: SupervisorMessage = {
      type: 'shutdown',
      action: 'restart',
      reason: { kind: 'supervisor', message: 'restart requested', by: 'owner' },
      deadlineMs: 25_000,
    };
    link.receive(shutdown);
    expect(heard).toEqual([shutdown]);
  });

  it.each([
    null,
    undefined,
    42,
    'shutdown',
    {},
    { type: 'nonsense' },
    { type: 'shutdown' },
    { type: 'shutdown', action: 'explode', reason: { kind: 'supervisor', message: 'x' }, deadlineMs: 1 },
    { type: 'shutdown', action: 'stop', reason: { kind: 'supervisor', message: 'x' }, deadlineMs: 0 },
    { type: 'identify-granted', id: 'x' },
  ])('that make no sense are dropped and noted: %j', (raw) => {
    const logger = recordingLogger();
    link.logTo(logger.log);
    link.onShutdown(() => expect.unreachable());
    link.receive(raw);
    expect(logger.events()).toEqual(['ipc:bad-message']);
  });

  it('that make no sense are dropped also before there is a log', () => {
    link.receive('rubbish');
  });
});

describe('sending', () => {
  it('without a supervisor is no error', () => {
    vi.restoreAllMocks();
    new SupervisorLink().send({ type: 'ready', startupMs: 1, guilds: 1, user: 'x' });
  });
});

describe('new settings over the link', () => {
  it.each([true, false])('are handed on, and answered with whether they were taken (%s)', (ok) => {
    const environments: object[] = [];
    link.onReload((environment) => {
      environments.push(environment);
      return ok;
    });
    link.receive({ type: 'reload', id: 'r1', environment: { TUX_PREFIX: '!' } });
    expect(environments).toEqual([{ TUX_PREFIX: '!' }]);
    expect(sent).toEqual([{ type: 'reloaded', id: 'r1', ok }]);
  });
});

describe('a question over the link', () => {
  it('is answered under its own id', async () => {
    link.onQuestion(async (about) => `about ${about}`);
    link.receive({ type: 'question', id: 'q1', about: 'metrics' });
    await vi.waitFor(() => expect(sent).toEqual([{ type: 'answer', id: 'q1', text: 'about metrics' }]));
  });

  it('that nobody can answer stays open, and is logged', async () => {
    const logger = recordingLogger();
    link.logTo(logger.log);
    link.onQuestion(() => Promise.reject(new Error('no')));
    link.receive({ type: 'question', id: 'q1', about: 'details' });
    await vi.waitFor(() => expect(logger.events()).toEqual(['ipc:question:failed']));
    expect(sent).toEqual([]);
  });
});

describe('what goes over the link', () => {
  it('holds no secret: the supervisor writes it into files of its own', () => {
    vi.restoreAllMocks();
    const send = vi.fn();
    vi.stubGlobal('process', { ...process, connected: true, send });
    const secrets = ['correct-horse-battery'];
    link.hide(secrets);
    secrets.push('added-by-a-reload');
    const reason = { kind: 'fatal', message: 'correct-horse-battery, added-by-a-reload' } as const;
    link.send({ type: 'closing', exitCode: 70, reason });
    vi.unstubAllGlobals();
    expect(send.mock.calls[0]?.[0]).toEqual({
      type: 'closing',
      exitCode: 70,
      reason: { kind: 'fatal', message: '[redacted], [redacted]' },
    });
  });
});
