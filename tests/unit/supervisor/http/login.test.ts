import { beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../../../shared/testing/index.js';
import type { Answer } from '../../../../supervisor/http/answer.js';
import { Login } from '../../../../supervisor/http/login.js';

const TOKEN = 'a-token-of-some-length';
const HERE = '127.0.0.1';

let clock: FakeClock;
let token: string | undefined;
let login: Login;

beforeEach(() => {
  clock = new FakeClock();
  token = TOKEN;
  login = new Login({ token: () => token, cookieName: () => 'tux_8080', clock });
});

/** Does it while time goes by, since a wrong token costs some. */
async function wait<T>(work: Promise<T>): Promise<T> {
  await clock.advance(300);
  return work;
}

const bearer = (given: string, from = HERE) => wait(login.identify({ authorization: `Bearer ${given}` }, from));
const statusOf = (answer: Answer | string | boolean) => (typeof answer === 'object' ? answer.status : answer);

/** Logs in. @returns what the browser sends from then on. */
async function open(): Promise<string> {
  const header = await login.open(TOKEN, HERE);
  if (typeof header !== 'string') throw new Error('not logged in');
  return header.split(';')[0] ?? '';
}

describe('a request', () => {
  it('with the token is of somebody who is logged in', async () => {
    expect(await bearer(TOKEN)).toBe(true);
  });

  it('with nothing, or with a cookie that nobody gave, is not', async () => {
    expect(await login.identify({}, HERE)).toBe(false);
    expect(await login.identify({ cookie: 'tux_8080=guessed; other=1' }, HERE)).toBe(false);
  });

  it.each(['wrong', '', TOKEN.slice(1), `${TOKEN}x`])('with the token %j is refused', async (given) => {
    expect(statusOf(await bearer(given))).toBe(401);
  });

  it('with another kind of credentials is refused', async () => {
    expect(statusOf(await wait(login.identify({ authorization: 'Basic dHV4' }, HERE)))).toBe(401);
  });

  it('is of nobody where no token is set', async () => {
    token = undefined;
    expect(await login.identify({ authorization: `Bearer ${TOKEN}` }, HERE)).toBe(false);
  });

  it('with a wrong token is answered later than one with the right one', async () => {
    const startedAt = clock.monotonic();
    const answer = login.identify({ authorization: 'Bearer wrong' }, HERE);
    await clock.advanceToNext();
    await answer;
    expect(clock.monotonic() - startedAt).toBe(300);
  });
});

describe('guessing', () => {
  it('ends after ten wrong tokens, for a minute, for that address alone', async () => {
    for (let n = 0; n < 10; n += 1) expect(statusOf(await bearer(`guess-${n}`))).toBe(401);
    const late = await bearer(TOKEN);
    expect(late).toMatchObject({ status: 429, headers: { 'retry-after': expect.stringMatching(/^5\d$/) } });
    expect(statusOf(await wait(login.open(TOKEN, HERE)))).toBe(429);
    expect(await bearer(TOKEN, '10.0.0.1')).toBe(true);
    await clock.advance(60_000);
    expect(await bearer(TOKEN)).toBe(true);
  });

  it('by many at once gains nothing', async () => {
    const guesses = Array.from({ length: 30 }, (_, n) => login.identify({ authorization: `Bearer g${n}` }, HERE));
    await clock.advance(300);
    const statuses = (await Promise.all(guesses)).map(statusOf);
    expect(statuses.filter((status) => status === 401)).toHaveLength(10);
    expect(statuses.filter((status) => status === 429)).toHaveLength(20);
  });
});

describe('a login', () => {
  it('stands for the token from then on, by a cookie that no script and no other site can use', async () => {
    const header = await login.open(TOKEN, HERE);
    expect(header).toMatch(/^tux_8080=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/; Max-Age=43200$/);
    const cookie = String(header).split(';')[0];
    expect(await login.identify({ cookie: `a=b; ${cookie}; c=d` }, HERE)).toBe(true);
    expect(header).not.toContain(TOKEN);
  });

  it('with a wrong token is none', async () => {
    expect(statusOf(await wait(login.open('wrong', HERE)))).toBe(401);
  });

  it('ends when it is closed, after twelve hours, and when the token is another', async () => {
    const first = await open();
    expect(login.close({ cookie: first })).toBe('tux_8080=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0');
    expect(await login.identify({ cookie: first }, HERE)).toBe(false);

    const second = await open();
    await clock.advance(12 * 3_600_000 - 1);
    expect(await login.identify({ cookie: second }, HERE)).toBe(true);
    await clock.advance(1);
    expect(await login.identify({ cookie: second }, HERE)).toBe(false);

    const third = await open();
    token = 'another-token-of-some-length';
    expect(await login.identify({ cookie: third }, HERE)).toBe(false);
  });

  it('beyond a hundred ends the oldest', async () => {
    const first = await open();
    for (let n = 0; n < 99; n += 1) await open();
    expect(await login.identify({ cookie: first }, HERE)).toBe(true);
    await open();
    expect(await login.identify({ cookie: first }, HERE)).toBe(false);
  });
});
