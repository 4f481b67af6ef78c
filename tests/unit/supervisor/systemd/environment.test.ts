import { describe, expect, it } from 'vitest';
import { takeSystemdContact } from '../../../../supervisor/systemd/environment.js';

const PID = 42;
const SOCKET = '/run/systemd/notify';

describe('what systemd says at the start', () => {
  it('is where it listens, and after how long a silence it restarts the service', () => {
    const environment = { NOTIFY_SOCKET: SOCKET, WATCHDOG_USEC: '30000000', WATCHDOG_PID: '42' };
    expect(takeSystemdContact(environment, PID)).toEqual({ socket: SOCKET, watchdogMs: 30_000 });
  });

  it('is taken out of the environment, so that no child has it', () => {
    const environment = { NOTIFY_SOCKET: SOCKET, WATCHDOG_USEC: '1', WATCHDOG_PID: '42', PATH: '/bin' };
    takeSystemdContact(environment, PID);
    expect(environment).toEqual({ PATH: '/bin' });
  });

  it.each([
    ['there is none', {}],
    ['it is meant for another process', { WATCHDOG_USEC: '30000000', WATCHDOG_PID: '43' }],
    ['it makes no sense', { WATCHDOG_USEC: 'soon' }],
    ['it is zero', { WATCHDOG_USEC: '0' }],
  ])('is without a watchdog when %s', (_, watchdog) => {
    expect(takeSystemdContact({ NOTIFY_SOCKET: SOCKET, ...watchdog }, PID)).toEqual({
      socket: SOCKET,
      watchdogMs: null,
    });
  });

  it('may leave open whom the watchdog watches', () => {
    const environment = { NOTIFY_SOCKET: SOCKET, WATCHDOG_USEC: '2000000' };
    expect(takeSystemdContact(environment, PID)?.watchdogMs).toBe(2_000);
  });

  it.each([undefined, ''])('is nothing when nobody listens (%s)', (socket) => {
    expect(takeSystemdContact({ NOTIFY_SOCKET: socket, WATCHDOG_USEC: '1' }, PID)).toBeNull();
  });
});
