import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { REDACTED, redact } from '../../../shared/redact.js';
import { secretPatterns } from '../../../shared/secret-patterns.js';
import { seededRandom } from '../../support/random.js';

// Put together at run time: scanners for leaked secrets would take a literal for a real one.
const token = ['MTIzNDU2Nzg5MDEyMzQ1Njc4', 'GabcDE', 'x'.repeat(30)].join('.');
const webhook = `/webhooks/123456789012345678/${'w'.repeat(68)}`;
const webToken = ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiIxMjM0NTY3ODkwIn0', 'dozjgNryP4J3jVmNHl0w5N'].join('.');

describe('redact', () => {
  it.each([
    ['a token of Discord', `login with ${token} failed`, `login with ${REDACTED} failed`],
    ['one at the beginning of a line of JSON text', `"failed:\\n${token}"`, `"failed:\\n${REDACTED}"`],
    ['one that discord.js has shown in part', `token: ${token.slice(0, 33)}${'*'.repeat(28)}`, `token: ${REDACTED}`],
    ['a token of a user', `mfa.${'x'.repeat(84)}`, REDACTED],
    ['a JSON web token', `got ${webToken}!`, `got ${REDACTED}!`],
    [
      'the password of a connection string',
      'postgresql://tux:s3cret@db:5432/tux refused',
      `postgresql://tux:${REDACTED}@db:5432/tux refused`,
    ],
    [
      'one with characters that belong encoded',
      'postgres://tux:p@ss/w?r#d@db/tux',
      `postgres://tux:${REDACTED}@db/tux`,
    ],
    ['a password without a user', 'redis://:s3cret@cache/0', `redis://:${REDACTED}@cache/0`],
    ['the password of any URL', 'via http://me:s3cret@proxy:3128', `via http://me:${REDACTED}@proxy:3128`],
    [
      'the key of a DSN',
      `https://${'a1'.repeat(16)}@o1.ingest.sentry.io/5`,
      `https://${REDACTED}@o1.ingest.sentry.io/5`,
    ],
    ['an authorization header', 'Authorization: Bot abcdefgh.ijkl failed', `Authorization: Bot ${REDACTED} failed`],
    ['one of another kind', 'Proxy-Authorization: Basic dXNlcjpwYXNz', `Proxy-Authorization: Basic ${REDACTED}`],
    ['a bearer token', 'sent Bearer abc.def/ghi==', `sent Bearer ${REDACTED}`],
    ['one that is a parameter', 'token=Bearer abcdefgh', `token=${REDACTED} ${REDACTED}`],
    ['cookies', 'Set-Cookie: __cf=1; path=/', `Set-Cookie: ${REDACTED}`],
    ['a webhook', `POST ${webhook}`, `POST /webhooks/123456789012345678/${REDACTED}`],
    ['a webhook in a parameter', encodeURIComponent(webhook), `%2Fwebhooks%2F123456789012345678%2F${REDACTED}`],
    [
      'the token of an interaction',
      `/interactions/123456789012345678/${'i'.repeat(40)}/callback`,
      `/interactions/123456789012345678/${REDACTED}/callback`,
    ],
    ['a parameter', '/x?token=abc&page=2', `/x?token=${REDACTED}&page=2`],
    ['a parameter in a parameter', '/x?to=%3Fapi_key%3Dabc', `/x?to=%3Fapi_key%3D${REDACTED}`],
    ['a setting', 'SENTRY_AUTH_TOKEN=abc PGPASSWORD="a b"', `SENTRY_AUTH_TOKEN=${REDACTED} PGPASSWORD="${REDACTED} b"`],
    ['a field of JSON', '{"clientSecret":"a\\"b","n":1}', `{"clientSecret":"${REDACTED}","n":1}`],
    [
      'a field of JSON in JSON',
      '{"body":"{\\"password\\":\\"abc\\"}"}',
      `{"body":"{\\"password\\":\\"${REDACTED}\\"}"}`,
    ],
  ])('takes out %s', (_, text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  it('leaves single words as they are without looking any further, which is right as no pattern fits one', () => {
    const random = seededRandom(7);
    const parts = [
      'password',
      'token',
      'bearer',
      'eyJ',
      'mfa',
      'cookie',
      'https',
      'webhooks',
      '_',
      '-',
      '1234567890123456789',
      'x'.repeat(40),
    ];
    for (let round = 0; round < 2_000; round += 1) {
      const word = Array.from({ length: 4 }, () => parts[Math.floor(random() * parts.length)]).join('');
      for (const { pattern } of secretPatterns) expect(word.replace(pattern, REDACTED)).toBe(word);
    }
    expect(redact('correct-horse', ['correct-horse'])).toBe(REDACTED); // but for those that are known
  });

  it('takes them out of objects that Node has printed, and of headers as it lists them', () => {
    const printed = inspect({
      headers: { Authorization: 'Bot abc' },
      env: { PGPASSWORD: "it's" },
      auth: { password: 'x' },
    });
    expect(redact(printed)).not.toMatch(/abc|'it|'x'/);
    const list = ['accept', '*/*', 'authorization', 'Bot abcdef', 'content-length', '5'];
    expect(redact(JSON.stringify(list))).toBe(JSON.stringify(list.with(3, REDACTED)));
    expect(redact(inspect(list))).toBe(inspect(list.with(3, REDACTED)));
  });

  it.each([
    'GET https://discord.com/api/v10/gateway/bot',
    'user 123456789012345678 said hi to a Bot application',
    'postgresql://db:5432/tux',
    'DISCORD_TOKEN: is missing',
    '{"event":"bot:ready","url":"http://localhost:3000","mail":"someone@example.org"}',
    '{"tokens":5,"msg":"the token:","next":"x"}',
    '{"msg":"token=","next":"x","note":"cookie:","field":"authorization","other":"y","password":""}',
    '{"authorization":null,"token":12,"password":true}',
    'at Object.<anonymous> (file:///srv/tux/dist/bot/main.js:12:34)',
    'node:internal/process/task_queues:105:5',
  ])('leaves harmless text as it is: %s', (text) => {
    expect(redact(text)).toBe(text);
  });

  it('takes out every place of every known secret, whatever characters it holds', () => {
    expect(redact('a $&.*-secret, twice: $&.*-secret', ['$&.*-secret'])).toBe(`a ${REDACTED}, twice: ${REDACTED}`);
    expect(redact('longer-secret', ['longer', 'longer-secret'])).toBe(REDACTED);
  });

  it('leaves short secrets alone: they would riddle ordinary text', () => {
    expect(redact('port 5432', ['5432'])).toBe('port 5432');
  });

  it('knows a secret that was added later, as a reload does', () => {
    const known = ['old-secret'];
    expect(redact('old-secret new-secret', known)).toBe(`${REDACTED} new-secret`);
    known.push('new-secret');
    expect(redact('old-secret new-secret', known)).toBe(`${REDACTED} ${REDACTED}`);
  });

  it('changes nothing the second time, and keeps JSON valid, whatever stands next to what', () => {
    const random = seededRandom(7);
    const pick = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)] as T;
    const pieces = [
      ...[token, webhook, webToken, 'known-secret-1', 'x', 'password', 'token', 'authorization', 'cookie'],
      ...['Bearer ', 'Bot ', 'http://', 'postgres://', '//', 'eyJ', '&', '.', ...`@:= "'\\\n{},[]`],
    ];
    const text = (most: number) => Array.from({ length: Math.ceil(random() * most) }, () => pick(pieces)).join('');
    for (let n = 0; n < 5_000; n += 1) {
      const inner = JSON.stringify({ [text(2)]: text(6), [text(1)]: [text(2), null, 1] });
      const line = JSON.stringify({
        level: 30,
        msg: text(8),
        [text(3)]: text(4),
        body: inner,
        last: pick(['', 1, null]),
      });
      const once = redact(line, ['known-secret-1']);
      expect(() => JSON.parse(once), `${line}\n${once}`).not.toThrow();
      expect(redact(once, ['known-secret-1'])).toBe(once);
    }
  });

  it.each([
    ['a.', 50_000],
    ['http://', 20_000],
    ['postgres://u:', 8_000],
    ['token=', 20_000],
    ['token:"', 20_000],
    ['"authorization","', 8_000],
    ['eyJ', 30_000],
    ['Bearer ', 20_000],
    ['a'.repeat(25), 5_000],
    ['\\', 100_000],
    [' ', 100_000],
    ['/webhooks/123456789012345678/', 4_000],
  ])('is done soon with %j over and over', (piece, times) => {
    const startedAt = performance.now();
    redact(piece.repeat(times), ['known-secret']);
    expect(performance.now() - startedAt).toBeLessThan(5_000); // a minute where the time grows with the square
  });
});
