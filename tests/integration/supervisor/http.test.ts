import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../shared/clock.js';
import { overviewSchema } from '../../../shared/control/page-api.js';
import { TuxError } from '../../../shared/errors.js';
import { fakeRun } from '../../support/fake-run.js';
import { fakeDetails, fakeStatus } from '../../support/fake-status.js';
import { AUTHORIZED, codeOf, fakeHeartbeat, HTTP_TOKEN, HttpRig, JSON_BODY } from '../../support/http-rig.js';
import { eventually } from '../../support/processes.js';

let rig: HttpRig;
beforeEach(async () => {
  rig = await HttpRig.create();
});
afterEach(() => rig.dispose());

describe('health checks', () => {
  it('say what is well, to everybody', async () => {
    await rig.start({ TUX_HTTP_TOKEN: HTTP_TOKEN });
    expect(await rig.call('GET', '/healthz')).toMatchObject({ status: 200, json: { status: 'ok', problems: [] } });
    expect(await rig.call('GET', '/readyz')).toMatchObject({ status: 200, json: { ready: true, problems: [] } });
    const metrics = await rig.call('GET', '/metrics');
    expect([metrics.status, metrics.text]).toEqual([200, 'tux_ready 1\n']);
    expect(metrics.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  });

  it('are 503 with all that is wrong', async () => {
    rig.requests.supervisionProblems = () => ['the worker hangs'];
    rig.requests.freshReadiness = async () => ({ ready: false, problems: ['the gateway is down', 'no database'] });
    await rig.start();
    expect(await rig.call('GET', '/healthz')).toMatchObject({
      status: 503,
      json: { status: 'failing', problems: ['the worker hangs'] },
    });
    const readyz = await rig.call('GET', '/readyz');
    expect([readyz.status, readyz.json.problems]).toEqual([503, ['the gateway is down', 'no database']]);
    expect(readyz.headers['cache-control']).toBe('no-store');
  });

  it('answer HEAD without a body', async () => {
    await rig.start();
    expect(await rig.call('HEAD', '/readyz')).toMatchObject({ status: 200, text: '' });
    expect((await rig.call('HEAD', '/api/events')).headers['content-type']).toContain('text/event-stream');
  });

  it('do not care for credentials that are wrong', async () => {
    await rig.start({ TUX_HTTP_TOKEN: HTTP_TOKEN });
    expect((await rig.call('GET', '/readyz', { authorization: 'Bearer wrong' })).status).toBe(200);
  });
});

describe('what is not there', () => {
  it('is 404, and what is there for another method 405', async () => {
    await rig.start();
    expect(codeOf(await rig.call('GET', '/nothing'))).toBe('TUX_NO_ROUTE');
    expect(await rig.call('PUT', '/readyz')).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
    expect(await rig.call('GET', '/api/restart')).toMatchObject({ status: 405, headers: { allow: 'POST' } });
    expect((await rig.call('GET', '/api/sandbox/messages')).status).toBe(404);
    expect((await rig.call('GET', '//evil.example/healthz')).status).toBe(404);
  });
});

describe('somebody else’s page', () => {
  it('cannot read what is here under a name of its own', async () => {
    await rig.start();
    for (const path of ['/healthz', '/metrics', '/', '/api/overview']) {
      const reply = await rig.call('GET', path, { host: 'evil.example' });
      expect([path, reply.status, codeOf(reply)]).toEqual([path, 403, 'TUX_HTTP_HOST']);
    }
    expect((await rig.call('GET', '/healthz', { host: 'localhost:1' })).status).toBe(200);
  });

  it('cannot do anything with the cookie of ours', async () => {
    await rig.start({ TUX_HTTP_TOKEN: HTTP_TOKEN });
    const cookie = await rig.login();
    const strange: Record<string, string>[] = [{ origin: 'http://evil.example' }, { 'sec-fetch-site': 'cross-site' }];
    for (const headers of strange) {
      const reply = await rig.call('POST', '/api/restart', { cookie, ...JSON_BODY, ...headers }, '{}');
      expect([reply.status, codeOf(reply)]).toEqual([403, 'TUX_HTTP_ORIGIN']);
    }
    const form = { cookie, 'content-type': 'application/x-www-form-urlencoded' };
    expect((await rig.call('POST', '/api/restart', form, 'force=true')).status).toBe(415);
    expect(rig.asked).toEqual([]);
    const own = { cookie, origin: `http://127.0.0.1:${rig.port}`, ...JSON_BODY };
    expect((await rig.call('POST', '/api/restart', own, '{}')).status).toBe(200);
  });

  it('cannot frame, run or load anything', async () => {
    await rig.start();
    const { headers } = await rig.call('GET', '/healthz');
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; script-src 'self';.*frame-ancestors 'none'$/,
    );
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
    });
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });
});

describe('what changes something', () => {
  const bodies = [
    ['/api/restart', '{"force":true}', ['restart', { by: 'the status page', force: true }]],
    ['/api/stop', '{"now":true}', ['stop', { by: 'the status page', now: true }]],
  ] as const;

  it('is done for whom has the token', async () => {
    await rig.start({ TUX_HTTP_TOKEN: HTTP_TOKEN });
    for (const [path, body, request_] of bodies) {
      const reply = await rig.call('POST', path, { ...AUTHORIZED, ...JSON_BODY }, body);
      expect(reply.status).toBeLessThan(300);
      expect(rig.asked.pop()).toEqual(request_);
    }
    expect(await rig.call('POST', '/api/reload', { ...AUTHORIZED, ...JSON_BODY }, '{}')).toMatchObject({
      status: 200,
      json: { changes: [], workerReloaded: true },
    });
  });

  it('is refused without it (401), and where there is none (403)', async () => {
    await rig.start({ TUX_HTTP_TOKEN: HTTP_TOKEN });
    for (const path of ['/api/restart', '/api/stop', '/api/reload']) {
      expect([path, (await rig.call('POST', path, JSON_BODY, '{}')).status]).toEqual([path, 401]);
    }
    expect((await rig.call('POST', '/api/stop', { authorization: 'Bearer wrong', ...JSON_BODY }, '{}')).status).toBe(
      401,
    );
    await rig.http.close();
    await rig.start();
    expect(codeOf(await rig.call('POST', '/api/restart', { ...AUTHORIZED, ...JSON_BODY }, '{}'))).toBe(
      'TUX_HTTP_NO_TOKEN',
    );
    expect(rig.asked).toEqual([]);
  });

  it.each([
    ['no JSON', 'force=true', 400],
    ['what nobody knows', '{"forse":true}', 400],
    ['another type', '{"force":"yes"}', 400],
    ['far too much', JSON.stringify({ pad: 'x'.repeat(100_000) }), 413],
  ])('is not done with %s in the body', async (_what, body, status) => {
    await rig.start({ TUX_HTTP_TOKEN: HTTP_TOKEN });
    const reply = await rig.call('POST', '/api/restart', { ...AUTHORIZED, ...JSON_BODY }, body);
    expect([reply.status, codeOf(reply)]).toEqual([status, 'TUX_HTTP_BODY']);
    expect(rig.asked).toEqual([]);
  });

  it('says why it could not be done', async () => {
    rig.requests.requestRestart = async () => {
      throw new TuxError('TUX_HELD', 'Restarts are held', { hint: 'use force', exitCode: 1 });
    };
    await rig.start({ TUX_HTTP_TOKEN: HTTP_TOKEN });
    const reply = await rig.call('POST', '/api/restart', { ...AUTHORIZED, ...JSON_BODY }, '{}');
    expect([reply.status, reply.json.error]).toEqual([
      409,
      { code: 'TUX_HELD', message: 'Restarts are held — use force' },
    ]);
  });

  it('tells nobody of a bug but the log', async () => {
    rig.requests.freshReadiness = () => Promise.reject(new TypeError('a bug'));
    await rig.start();
    const reply = await rig.call('GET', '/readyz');
    expect([reply.status, reply.text.includes('a bug')]).toEqual([500, false]);
    expect(rig.log.all('http:failed')).toHaveLength(1);
  });
});

describe('the page', () => {
  it('gets everything at once', async () => {
    await rig.start({ TUX_HTTP_TOKEN: HTTP_TOKEN });
    rig.events.onHeartbeat('RUN-1', fakeHeartbeat());
    const runs = Array.from({ length: 60 }, (_, n) => fakeRun({ runId: `RUN-${n}` }));
    await writeFile(join(rig.folder, 'history.jsonl'), runs.map((run) => `${JSON.stringify(run)}\n`).join(''));
    const reply = await rig.call('GET', '/api/overview');
    const overview = overviewSchema.parse(reply.json);
    expect(overview).toMatchObject({ actions: 'token', sandbox: false, details: fakeDetails(), status: fakeStatus() });
    expect(overview.history.map(({ runId }) => runId)).toEqual(runs.slice(10).map(({ runId }) => runId));
    expect(overview.samples).toMatchObject([{ runId: 'RUN-1', rssBytes: 1_000 }]);
    expect(overview.logs).toEqual(['{"msg":"one"}', '{"msg":"two"}']);
    expect((await rig.call('GET', '/api/overview', AUTHORIZED)).json.actions).toBe('open');
  });

  it('gets no details of a worker that gives none', async () => {
    rig.requests.workerDetails = () => Promise.reject(new TuxError('TUX_BOT_DOWN', 'The bot does not run'));
    await rig.start();
    expect((await rig.call('GET', '/api/overview')).json).toMatchObject({ details: null, actions: 'none' });
  });

  it('gets what was written down of a run, and of no other file', async () => {
    await rig.start();
    await mkdir(join(rig.folder, 'reports'));
    const reportPath = join(rig.folder, 'reports/hang-1.json');
    await writeFile(reportPath, '{"kind":"hang"}');
    await writeFile(join(rig.folder, 'crash.log'), '==== T crash of run RUN-1 (pid 1)\nreason: boom\n');
    const runs = [fakeRun({ reportPath }), fakeRun({ runId: 'RUN-2', reportPath: join(rig.folder, 'history.jsonl') })];
    await writeFile(join(rig.folder, 'history.jsonl'), runs.map((run) => `${JSON.stringify(run)}\n`).join(''));
    expect(await rig.call('GET', '/api/runs/RUN-1/report')).toMatchObject({
      status: 200,
      text: '{"kind":"hang"}',
      headers: { 'content-type': 'text/plain; charset=utf-8' },
    });
    expect((await rig.call('GET', '/api/runs/RUN-1/crash')).text).toContain('reason: boom');
    for (const path of ['RUN-2/report', 'RUN-2/crash', 'RUN-9/report', '..%2f..%2fetc%2fpasswd/report']) {
      expect([path, (await rig.call('GET', `/api/runs/${path}`)).status]).toEqual([path, 404]);
    }
  });

  it('is shown to other machines only with the token', async () => {
    await rig.start({ TUX_HTTP_HOST: '0.0.0.0', TUX_HTTP_TOKEN: HTTP_TOKEN });
    const elsewhere = { host: 'tux.example' };
    expect((await rig.call('GET', '/readyz', elsewhere)).status).toBe(200);
    for (const path of ['/api/overview', '/api/events', '/api/runs/RUN-1/report']) {
      expect([path, (await rig.call('GET', path, elsewhere)).status]).toEqual([path, 401]);
    }
    expect((await rig.call('GET', '/api/overview', { ...elsewhere, ...AUTHORIZED })).status).toBe(200);
    const cookie = await rig.login();
    expect((await rig.call('GET', '/api/overview', { cookie })).json.actions).toBe('open');
    const logout = await rig.call('POST', '/api/logout', { cookie, ...JSON_BODY }, '{}');
    expect([logout.status, logout.json]).toEqual([200, { actions: 'token' }]);
    expect((await rig.call('GET', '/api/overview', { cookie })).status).toBe(401);
  });

  it('is refused to other machines without one, with an explanation', async () => {
    await rig.start({ TUX_HTTP_HOST: '0.0.0.0' });
    for (const path of ['/', '/api/overview', '/api/events']) {
      const reply = await rig.call('GET', path);
      expect([path, reply.status, codeOf(reply)]).toEqual([path, 403, 'TUX_HTTP_NO_TOKEN']);
    }
    expect((await rig.call('GET', '/metrics')).status).toBe(200);
  });
});

describe('where it listens', () => {
  it('is said in the log and in the status', async () => {
    await rig.start();
    expect(rig.http.state).toEqual({ url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/$/), problem: null });
    expect(rig.log.all('http:listening')).toMatchObject([{ url: rig.http.state.url }]);
  });

  it('may be taken: then it says so and takes it over as soon as it is free', async () => {
    const other: Server = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', () => resolve()));
    const { port } = other.address() as { port: number };
    const tries: number[] = [];
    const impatient = {
      ...systemClock,
      sleep: (ms: number, signal?: AbortSignal) => {
        tries.push(ms);
        return systemClock.sleep(Math.min(ms, 20), signal);
      },
    };
    await rig.start({}, { port, clock: impatient });
    const url = `http://127.0.0.1:${port}/`;
    expect(rig.http.state).toEqual({ url, problem: `Cannot listen at ${url}: another program listens there` });
    await eventually('it has tried again', () => tries.length >= 2);
    expect(tries[0]).toBe(10_000);
    expect(rig.log.all('http:failed')).toMatchObject([{ level: 50, err: { code: 'TUX_HTTP_PORT' } }]);
    await new Promise((resolve) => other.close(resolve));
    await eventually('it listens', () => rig.http.state.problem === null);
    expect((await rig.call('GET', '/healthz')).status).toBe(200);
  });

  it('may be no address of this machine', async () => {
    await rig.start({ TUX_HTTP_HOST: '192.0.2.1' });
    expect(rig.http.state.problem).toBe('Cannot listen at http://192.0.2.1:0/: this machine has no such address');
  });
});
