import {
  loginRequestSchema,
  nothingRequestSchema,
  restartRequestSchema,
  stopRequestSchema,
} from '../../shared/control/page-api.js';
import type { OperatorRequests } from '../control/operator-requests.js';
import { jsonAnswer } from './answer.js';
import type { Login } from './login.js';
import type { Route } from './route.js';

/** Who is said to have asked, in the log and the history. */
const BY = 'the status page';

/** What an operator can do from the page, once they have logged in. */
export function actionRoutes(
  requests: Pick<OperatorRequests, 'requestRestart' | 'requestStop' | 'requestReload'>,
  login: Login,
): Route[] {
  return [
    {
      method: 'POST',
      path: '/api/restart',
      needs: 'token',
      handle: async ({ read }) => {
        const { force } = await read(restartRequestSchema);
        return jsonAnswer(await requests.requestRestart({ by: BY, force }));
      },
    },
    {
      method: 'POST',
      path: '/api/stop',
      needs: 'token',
      handle: async ({ read }) => {
        const { now } = await read(stopRequestSchema);
        requests.requestStop({ by: BY, now });
        return jsonAnswer({ accepted: true }, 202);
      },
    },
    {
      method: 'POST',
      path: '/api/reload',
      needs: 'token',
      handle: async ({ read }) => {
        await read(nothingRequestSchema);
        return jsonAnswer(await requests.requestReload());
      },
    },
    {
      method: 'POST',
      path: '/api/login',
      needs: 'login',
      handle: async ({ read, from }) => {
        const { token } = await read(loginRequestSchema);
        const opened = await login.open(token, from);
        return typeof opened === 'string' ? jsonAnswer({ actions: 'open' }, 200, { 'set-cookie': opened }) : opened;
      },
    },
    {
      method: 'POST',
      path: '/api/logout',
      needs: 'login',
      handle: async ({ read, headers }) => {
        await read(nothingRequestSchema);
        return jsonAnswer({ actions: 'token' }, 200, { 'set-cookie': login.close(headers) });
      },
    },
  ];
}
