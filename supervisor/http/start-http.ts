import type { Clock } from '../../shared/clock.js';
import type { Config } from '../../shared/config/load.js';
import type { Logger } from '../../shared/logging/logger.js';
import type { OperatorRequests } from '../control/operator-requests.js';
import type { SampleHistory } from '../history/sample-history.js';
import type { LogSink } from '../logs/log-sink.js';
import type { SandboxProcess } from '../start/sandbox-process.js';
import type { SupervisionObservers } from '../supervision-observer.js';
import type { Doors } from './access-policy.js';
import { actionRoutes } from './action-routes.js';
import { healthRoutes } from './health-routes.js';
import { HttpService } from './http-service.js';
import { LiveFeed } from './live-feed.js';
import { Login } from './login.js';
import { isLoopback } from './origin-guard.js';
import { PageFiles } from './page-files.js';
import { pageRoutes } from './page-routes.js';
import { SandboxChat } from './sandbox-chat.js';
import { sandboxRoutes } from './sandbox-routes.js';
import { WebServer } from './web-server.js';

export interface HttpOptions {
  readonly port: number;
  /** Read at each use: the token may change. */
  readonly config: Pick<Config, 'env' | 'paths'>;
  readonly requests: OperatorRequests;
  readonly events: SupervisionObservers;
  readonly samples: SampleHistory;
  readonly sink: LogSink;
  readonly sandbox: Pick<SandboxProcess, 'controlUrl'> | null;
  readonly log: Logger;
  readonly clock: Clock;
}

/** What {@link startHttp} has started. */
export interface RunningHttp {
  readonly state: HttpService['state'];
  close(): Promise<void>;
}

/** Puts together and starts what TUX_HTTP_PORT asks for: health checks, metrics and the status page. */
export async function startHttp(options: HttpOptions): Promise<RunningHttp> {
  const { port, config, requests, log, clock, sandbox } = options;
  const host = config.env.TUX_HTTP_HOST;
  const chat = sandbox && new SandboxChat(sandbox.controlUrl, clock);
  const feed = new LiveFeed({ ...options, chat });
  const token = () => config.env.TUX_HTTP_TOKEN;
  const doors = (): Doors => ({ isLocal: isLoopback(host), hasToken: token() !== undefined });
  const login = new Login({ token, cookieName: () => `tux_${service.port}`, clock });
  const routes = [
    ...healthRoutes(requests),
    ...new PageFiles().routes,
    ...pageRoutes({ ...options, paths: config.paths, feed, doors, hasSandbox: chat !== null }),
    ...actionRoutes(requests, login),
    ...(chat ? sandboxRoutes(chat) : []),
  ];
  const web = new WebServer({ routes, login, doors, host, log });
  const service = new HttpService({ web, host, port, log, clock });
  await service.start();
  return {
    get state() {
      return service.state;
    },
    async close() {
      feed.close();
      await service.close();
    },
  };
}
