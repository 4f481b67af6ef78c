import { describe, expect, it } from 'vitest';
import { isFromElsewhere, isLoopback, isOurHost } from '../../../../supervisor/http/origin-guard.js';

describe('an address of this machine only', () => {
  it.each(['127.0.0.1', '127.1.2.3', 'localhost', 'LOCALHOST', '::1', '[::1]', '::ffff:127.0.0.1'])('is %s', (host) => {
    expect(isLoopback(host)).toBe(true);
  });

  it.each(['0.0.0.0', '::', '192.168.0.1', '127.evil.example', 'localhost.evil.example', '128.0.0.1', ''])(
    'is not %j',
    (host) => {
      expect(isLoopback(host)).toBe(false);
    },
  );
});

describe('a name that a request is sent to', () => {
  it.each(['127.0.0.1:8080', 'localhost:8080', 'localhost', '[::1]:8080', '127.0.0.1'])('is ours: %s', (host) => {
    expect(isOurHost(host, '127.0.0.1')).toBe(true);
  });

  it.each(['evil.example', 'evil.example:8080', '127.0.0.1.evil.example', '192.168.0.1', '', 'a b', undefined])(
    'was pointed at us by somebody else: %j',
    (host) => {
      expect(isOurHost(host, '127.0.0.1')).toBe(false);
    },
  );

  it('can be any where other machines are let in, who need the token', () => {
    expect(isOurHost('tux.example:8080', '0.0.0.0')).toBe(true);
  });
});

describe('a request of another site', () => {
  it.each([
    ['says so itself', { 'sec-fetch-site': 'cross-site' }, true],
    ['or that it is of a neighbour', { 'sec-fetch-site': 'same-site' }, true],
    ['is none when the browser says ours', { 'sec-fetch-site': 'same-origin', origin: 'https://tux.example' }, false],
    ['is none when a person typed the address', { 'sec-fetch-site': 'none' }, false],
    ['names its origin in an older browser', { origin: 'http://evil.example' }, true],
    ['also with another port', { origin: 'http://127.0.0.1:9' }, true],
    ['also when it hides it', { origin: 'null' }, true],
    ['is none with our origin', { origin: 'http://127.0.0.1:8080' }, false],
    ['is none of a program', {}, false],
  ])('%s', (_title, headers, expected) => {
    expect(isFromElsewhere({ host: '127.0.0.1:8080', ...headers })).toBe(expected);
  });
});
