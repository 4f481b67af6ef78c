import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { httpPortCheck } from '../../../../../supervisor/doctor/checks/http-port.js';
import { doctorContext, noSignal } from '../../../../support/doctor-context.js';
import { fakeStatus } from '../../../../support/fake-status.js';

const check = (settings: Record<string, string>, status: ReturnType<typeof fakeStatus> | null = null) =>
  httpPortCheck.run(doctorContext('/srv', { raw: { DISCORD_TOKEN: 'x', ...settings }, status }), noSignal);

describe('the HTTP port', () => {
  it('is not looked at without one', async () => {
    expect(await check({})).toMatchObject({ status: 'skipped' });
    expect(await check({ TUX_HTTP_PORT: '70000' })).toMatchObject({
      status: 'skipped',
      summary: expect.stringContaining('not valid'),
    });
    expect(await check({ TUX_HTTP_PORT: '0' })).toMatchObject({ status: 'ok' });
  });

  it('is the supervisor’s while that serves there', async () => {
    const status = fakeStatus({ http: { url: 'http://127.0.0.1:8080', problem: null } });
    expect(await check({ TUX_HTTP_PORT: '8080' }, status)).toEqual({
      status: 'ok',
      summary: 'the supervisor serves http://127.0.0.1:8080',
    });
  });

  it('is free, or another program’s', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    expect(await check({ TUX_HTTP_PORT: String(port) })).toEqual({
      status: 'fail',
      summary: `another program listens at 127.0.0.1:${port}`,
      fix: `see which: ss -ltnp 'sport = :${port}'`,
    });
    await new Promise((resolve) => other.close(resolve));
    expect(await check({ TUX_HTTP_PORT: String(port) })).toEqual({
      status: 'ok',
      summary: `127.0.0.1:${port} is free`,
    });
  });

  it('is at an address of this machine', async () => {
    expect(await check({ TUX_HTTP_PORT: '8080', TUX_HTTP_HOST: '192.0.2.1' })).toMatchObject({
      status: 'fail',
      summary: 'nothing can listen at 192.0.2.1:8080 (EADDRNOTAVAIL)',
    });
  });
});
