import { describe, expect, it } from 'vitest';
import { environmentSchema } from '../../../../shared/config/schema.js';
import { workerEnvironment } from '../../../../supervisor/worker/worker-environment.js';

describe('the environment of a worker', () => {
  it.each([
    'NODE_OPTIONS',
    'NOTIFY_SOCKET',
    'WATCHDOG_USEC',
    'WATCHDOG_PID',
    'LISTEN_FDS',
    'MAINPID',
    'NODE_CHANNEL_FD',
    'NODE_V8_COVERAGE',
    'AWS_SECRET_ACCESS_KEY',
    'GITHUB_TOKEN',
    'SSH_AUTH_SOCK',
    'npm_config__authToken',
    'LD_PRELOAD',
    'STATE_DIRECTORY',
    'SOMETHING_ELSE',
  ])('does not have the supervisor’s %s', (name) => {
    expect(workerEnvironment({ [name]: 'x' }, {})).toEqual({});
  });

  it.each([
    'PATH',
    'HOME',
    'TZ',
    'LANG',
    'LC_ALL',
    'TMPDIR',
    'NODE_ENV',
    'NODE_EXTRA_CA_CERTS',
    'HTTPS_PROXY',
    'no_proxy',
    'PGSSLROOTCERT',
    'SENTRY_ENVIRONMENT',
    'TUX_SOMETHING_NEW',
    'BOT_TOKEN',
  ])('has %s', (name) => {
    expect(workerEnvironment({ [name]: 'x' }, {})).toEqual({ [name]: 'x' });
  });

  it('has every setting but the secrets of the supervisor', () => {
    const raw = Object.fromEntries(Object.keys(environmentSchema.shape).map((name) => [name, 'x']));
    const { TUX_NOTIFY_WEBHOOK: _webhook, TUX_NOTIFY_COMMAND: _command, TUX_HTTP_TOKEN: _token, ...passed } = raw;
    expect(workerEnvironment(raw, {})).toEqual(passed);
  });

  it('leaves out what is not set, and keeps what is set to nothing', () => {
    expect(workerEnvironment({ PATH: undefined, TZ: '' }, {})).toEqual({ TZ: '' });
  });

  it('has the supervisor’s own settings over those of its surroundings', () => {
    const own = { TUX_STATE_DIR: '/absolute/state', TUX_RUN_ID: 'new' };
    expect(workerEnvironment({ TUX_STATE_DIR: 'state', TUX_RUN_ID: 'old', PATH: '/bin' }, own)).toEqual({
      ...own,
      PATH: '/bin',
    });
  });

  it('has no name that objects have by themselves', () => {
    expect(workerEnvironment({ toString: 'x', constructor: 'x' }, {})).toEqual({});
  });
});
