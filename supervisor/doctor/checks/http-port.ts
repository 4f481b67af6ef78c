import { createServer } from 'node:net';
import { errnoOf } from '../../../shared/errors.js';
import { type Check, type Finding, fail, ok, quoted, skipped } from '../check.js';

/** Whether the supervisor can listen, or does. */
export const httpPortCheck: Check = {
  name: 'HTTP port',
  async run({ env, raw, status }) {
    const { TUX_HTTP_PORT: port, TUX_HTTP_HOST: host } = env;
    if (!raw.TUX_HTTP_PORT) return skipped('TUX_HTTP_PORT is not set');
    if (port === undefined || host === undefined) return skipped('TUX_HTTP_PORT or TUX_HTTP_HOST is not valid');
    if (status?.http?.problem)
      return fail(status.http.problem, 'correct TUX_HTTP_PORT or TUX_HTTP_HOST, then stop and start Tux');
    if (status?.http) return ok(`the supervisor serves ${status.http.url}`);
    if (port === 0) return ok('any free port will do');
    return judgePort(host, port, await tryToListen(host, port));
  },
};

/** @returns null when it worked, else the errno. */
function tryToListen(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(errnoOf(error) ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}

function judgePort(host: string, port: number, errno: string | null): Finding {
  switch (errno) {
    case null:
      return ok(`${host}:${port} is free`);
    case 'EADDRINUSE':
      return fail(`another program listens at ${host}:${port}`, `see which: ss -ltnp ${quoted(`sport = :${port}`)}`);
    case 'EACCES':
      return fail(`port ${port} is for root only`, 'set TUX_HTTP_PORT to 1024 or more');
    default:
      return fail(
        `nothing can listen at ${host}:${port} (${errno})`,
        'set TUX_HTTP_HOST to an address of this machine',
      );
  }
}
