import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { FakeClock } from '../../../../shared/testing/index.js';
import { HttpService } from '../../../../supervisor/http/http-service.js';
import { Login } from '../../../../supervisor/http/login.js';
import { WebServer } from '../../../../supervisor/http/web-server.js';
import { recordingLogger } from '../../../support/framework-fakes.js';

it('a port that is taken for long leaves nothing behind with each try, and is listened at once it is free', async () => {
  const blocker = createServer().listen(0, '127.0.0.1');
  await once(blocker, 'listening');
  const { port } = blocker.address() as AddressInfo;
  const clock = new FakeClock();
  const { log } = recordingLogger();
  const host = '127.0.0.1';
  const doors = () => ({ isLocal: true, hasToken: false });
  const login = new Login({ token: () => undefined, cookieName: () => 'tux', clock });
  const web = new WebServer({ routes: [], login, doors, host, log });
  const listeners = () => web.server.listenerCount('listening') + web.server.listenerCount('error');
  const before = listeners();
  const service = new HttpService({ web, host, port, log, clock });
  try {
    await service.start();
    for (let tries = 0; tries < 5; tries += 1) {
      await clock.whenSleeping();
      expect(service.state.problem).toContain('another program listens there');
      await clock.advance(10_000);
    }
    await clock.whenSleeping();
    expect(listeners()).toBe(before);
    blocker.close();
    await once(blocker, 'close');
    const listening = once(web.server, 'listening');
    await clock.advance(10_000);
    await listening;
    await clock.settle();
    expect(service.state).toEqual({ url: `http://127.0.0.1:${port}/`, problem: null });
  } finally {
    blocker.close();
    await service.close();
  }
  expect(clock.pending).toBe(0);
});
