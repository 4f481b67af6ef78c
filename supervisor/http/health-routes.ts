import type { OperatorRequests } from '../control/operator-requests.js';
import { METRICS_TYPE } from '../health/metrics-text.js';
import { jsonAnswer, textAnswer } from './answer.js';
import type { Route } from './route.js';

/** What machines ask, without a token: is it alive, does it serve, and how does it fare. 503 is no. */
export function healthRoutes(
  requests: Pick<OperatorRequests, 'supervisionProblems' | 'freshReadiness' | 'metrics'>,
): Route[] {
  return [
    {
      method: 'GET',
      path: '/healthz',
      needs: 'nothing',
      handle: () => {
        const problems = requests.supervisionProblems();
        const isWell = problems.length === 0;
        return jsonAnswer({ status: isWell ? 'ok' : 'failing', problems }, isWell ? 200 : 503);
      },
    },
    {
      method: 'GET',
      path: '/readyz',
      needs: 'nothing',
      handle: async () => {
        const readiness = await requests.freshReadiness();
        return jsonAnswer(readiness, readiness.ready ? 200 : 503);
      },
    },
    {
      method: 'GET',
      path: '/metrics',
      needs: 'nothing',
      handle: async () => textAnswer(await requests.metrics(), METRICS_TYPE),
    },
  ];
}
