import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SANDBOX_TOKEN, type Sandbox, startSandbox } from '../../../../../sandbox/index.js';
import { clockCheck, judgeSkew, skewMs } from '../../../../../supervisor/doctor/checks/clock.js';
import {
  intentsCheck,
  judgeIntents,
  judgeLogins,
  judgeToken,
  loginsCheck,
  tokenCheck,
} from '../../../../../supervisor/doctor/checks/discord.js';
import { type DiscordAnswer, DiscordProbe } from '../../../../../supervisor/doctor/discord-probe.js';
import { doctorContext, noSignal } from '../../../../support/doctor-context.js';

const NOW = Date.UTC(2026, 0, 2);
const HOUR = 3_600_000;
const answered = (json: unknown, status = 200): DiscordAnswer => ({
  status,
  json,
  date: NOW,
  sentAt: NOW,
  receivedAt: NOW,
});
const limit = (remaining: number) =>
  answered({ session_start_limit: { total: 1_000, remaining, reset_after: HOUR, max_concurrency: 1 } });
const logins = (count: number, ageMs = HOUR) =>
  Array.from({ length: count }, () => new Date(NOW - ageMs).toISOString());

describe('the token', () => {
  it.each<[string, DiscordAnswer, string, RegExp]>([
    ['accepted', answered({ id: '1', username: 'Tux', bot: true }), 'ok', /^accepted: Tux \(1\)$/],
    ['refused', answered({ message: '401: Unauthorized' }, 401), 'fail', /refuses it/],
    ['that of a person', answered({ id: '1', username: 'alice' }), 'fail', /of a person \(alice\)/],
    ['not known to a Discord in trouble', answered(null, 503), 'warn', /answers: HTTP 503$/],
    ['asked for too often', answered({ message: 'You are being rate limited.' }, 429), 'warn', /rate limited/],
    ['not to be asked for', { problem: 'ENOTFOUND' }, 'fail', /^discord\.com cannot be reached \(ENOTFOUND\)$/],
  ])('is %s', (_what, answer, status, summary) => {
    expect(judgeToken(answer, 'discord.com')).toMatchObject({ status, summary: expect.stringMatching(summary) });
  });
});

describe('privileged intents', () => {
  it.each([
    [(1 << 15) | (1 << 19), []],
    [(1 << 14) | (1 << 18), []],
    [1 << 15, ['Message Content Intent is switched off']],
    [1 << 18, ['Server Members Intent is switched off']],
    [0, ['Server Members Intent is switched off', 'Message Content Intent is switched off']],
  ])('by the flags %i', (flags, missing) => {
    const findings = [judgeIntents(answered({ flags }))].flat();
    expect(findings.filter(({ status }) => status === 'fail').map(({ summary }) => summary)).toEqual(missing);
  });
});

describe('logins', () => {
  it.each<[number, string, RegExp]>([
    [900, 'ok', /^900 of 1000 left; this installation used 100 in 24 h$/],
    [199, 'warn', /restarts are held$/],
    [19, 'fail', /Tux does not log in$/],
  ])('with %i left', (remaining, status, summary) => {
    const [finding] = [judgeLogins(limit(remaining), logins(1_000 - remaining), NOW)].flat();
    expect(finding).toMatchObject({ status, summary: expect.stringMatching(summary) });
  });

  it('that are not ours are a sign of a second bot', () => {
    expect(judgeLogins(limit(950), logins(10), NOW)).toMatchObject([
      { status: 'ok' },
      { status: 'warn', summary: '40 of 50 logins did not come from this installation' },
    ]);
    expect(judgeLogins(limit(990), logins(8), NOW)).toHaveLength(1); // one may be on its way
    expect(judgeLogins(limit(950), logins(50, 25 * HOUR), NOW)).toHaveLength(2); // those of yesterday are forgotten
    expect(judgeLogins(limit(950), null, NOW)).toHaveLength(1); // without a ledger nobody knows
  });
});

describe('the clock', () => {
  it.each([
    [NOW, NOW, NOW + 50, 0],
    [NOW, NOW + 900, NOW + 950, 0],
    [NOW, NOW - 2_000, NOW + 10, 0],
    [NOW, NOW + 7_000, NOW + 7_100, 6_001],
    [NOW, NOW - 9_000, NOW - 8_000, -8_000],
  ])('at Discord %d, ours %d to %d', (date, sentAt, receivedAt, skew) => {
    expect(skewMs(date, sentAt, receivedAt)).toBe(skew);
  });

  it.each([
    [0, 'ok', 'agrees with Discord'],
    [-5_000, 'ok', 'within 5 s of Discord'],
    [6_000, 'warn', '6 s ahead of Discord'],
    [-3_600_000, 'warn', '1 h behind Discord'],
  ])('off by %d ms is %s', (skew, status, summary) => {
    expect(judgeSkew(skew)).toMatchObject({ status, summary });
  });
});

describe('Discord', () => {
  let sandbox: Sandbox;
  beforeEach(async () => {
    sandbox = await startSandbox();
  });
  afterEach(() => sandbox.close());

  const all = [tokenCheck, intentsCheck, loginsCheck, clockCheck];
  async function ask(token: string | undefined, apiUrl = sandbox.apiUrl) {
    const context = doctorContext('/nowhere', { discord: new DiscordProbe({ apiUrl, token }) });
    const found = await Promise.all(all.map(async (check) => [await check.run(context, noSignal)].flat()));
    return found.map((findings) => findings.map(({ status }) => status).join());
  }

  it('is asked what it thinks of the token, each thing once', async () => {
    expect(await ask(SANDBOX_TOKEN)).toEqual(['ok', 'ok', 'ok', 'ok']);
    const routes = sandbox.recorder.requests.since().map(({ route }) => route);
    expect(routes.sort()).toEqual(['GET /applications/@me', 'GET /gateway', 'GET /gateway/bot', 'GET /users/@me']);
    expect(sandbox.recorder.counters.identifies).toBe(0);
  });

  it('says it with or without the version in the address', async () => {
    expect(await ask(SANDBOX_TOKEN, `${sandbox.apiUrl}/v10/`)).toEqual(['ok', 'ok', 'ok', 'ok']);
  });

  it('refuses a token once, and nothing else is said about it', async () => {
    sandbox.faults.revokeToken();
    expect(await ask(SANDBOX_TOKEN)).toEqual(['fail', 'skipped', 'skipped', 'ok']);
  });

  it('does not allow an intent', async () => {
    sandbox.faults.disallowIntents();
    expect(await ask(SANDBOX_TOKEN)).toEqual(['ok', 'fail,fail', 'ok', 'ok']);
  });

  it('tells the time without a token', async () => {
    expect(await ask(undefined)).toEqual(['skipped', 'skipped', 'skipped', 'ok']);
  });

  it('is not there', async () => {
    sandbox.faults.offline();
    expect(await ask(SANDBOX_TOKEN)).toEqual(['fail', 'skipped', 'skipped', 'skipped']);
  });

  it('never sees a token quoted back that no header can hold', async () => {
    const probe = new DiscordProbe({ apiUrl: sandbox.apiUrl, token: 'gehéim-ключ' });
    expect(await probe.get('/users/@me')).toEqual({ problem: 'the request could not be sent' });
  });

  it('is not asked when it is not to be', async () => {
    const found = await Promise.all(all.map((check) => check.run(doctorContext('/nowhere'), noSignal)));
    expect(found).toMatchObject(all.map(() => ({ status: 'skipped', summary: 'Discord is not asked (--offline)' })));
  });
});
