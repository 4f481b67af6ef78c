import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { MiddlewareHandler } from 'hono';
import { systemClock } from '../../shared/clock.js';
import type { PlannedThrottle } from '../faults/conditions.js';
import { readBody } from './request-body.js';
import { auditReasonOf, type RestContext, type RestEnv, type RestParts } from './rest-context.js';
import { routeOf } from './route.js';

/** What all paths of the REST interface begin with: version 10 is the only one here. */
export const API_PREFIX = '/api/v10';

/** What every request passes before its route: record, faults, limits, token. */
export function pipeline(parts: RestParts): MiddlewareHandler<RestEnv> {
  const { conditions, rateLimits, recorder, tokens } = parts;
  return async (c, next) => {
    if (conditions.isOffline) return hangUp(c);
    const path = c.req.path.slice(API_PREFIX.length);
    const route = routeOf(c.req.method, path);
    const body = await readBody(c.req.raw);
    c.set('body', body);
    const { authorization, ...headers } = c.req.header();
    const auditReason = auditReasonOf(headers);
    const entry = recorder.requests.add({
      method: c.req.method,
      route,
      path,
      query: c.req.query(),
      body,
      headers,
      ...(auditReason !== undefined && { auditReason }),
    });
    if (conditions.lagMs > 0) await systemClock.sleep(conditions.lagMs, c.req.raw.signal);

    const answer = await (async () => {
      const failure = conditions.takeFailure(route);
      if (failure === 'hang') {
        conditions.hanging.shut();
        await conditions.hanging.pass();
        return hangUp(c);
      }
      if (failure !== undefined)
        return c.json({ message: `${failure}: planned by the sandbox`, code: 0 }, failure as 500);
      const throttle = conditions.takeThrottle(route);
      if (throttle) return tooManyRequests(c, throttle);
      if (needsToken(path) && !tokens.accepts(tokenOf(authorization))) return unauthorized(c);
      const bucket = rateLimits.count(route, path);
      for (const [name, value] of Object.entries(bucket.headers)) c.header(name, value);
      if (bucket.isExceeded) return tooManyRequests(c, { retryAfterMs: bucket.retryAfterMs, scope: 'user' });
      await next();
      return undefined;
    })();
    entry.status = answer?.status ?? c.res.status;
    return conditions.areAnswersLost ? hangUp(c) : answer;
  };
}

/** Interactions are answered with their own token, in the path. */
function needsToken(path: string): boolean {
  return !path.startsWith('/interactions/') && !path.startsWith('/webhooks/');
}

function tokenOf(authorization: string | undefined): string {
  return /^Bot (.+)$/.exec(authorization ?? '')?.[1] ?? '';
}

function unauthorized(c: RestContext): Response {
  return c.json({ message: '401: Unauthorized', code: 0 }, 401);
}

function tooManyRequests(c: RestContext, limit: Pick<PlannedThrottle, 'retryAfterMs' | 'scope'>): Response {
  const seconds = (limit.retryAfterMs / 1000).toFixed(3);
  c.header('retry-after', seconds);
  c.header('x-ratelimit-scope', limit.scope);
  if (limit.scope === 'global') c.header('x-ratelimit-global', 'true');
  const isGlobal = limit.scope === 'global';
  return c.json({ message: 'You are being rate limited.', retry_after: Number(seconds), global: isGlobal }, 429);
}

/** Ends the connection without an answer. */
function hangUp(c: RestContext): Response {
  c.env.incoming.socket.destroy();
  return RESPONSE_ALREADY_SENT;
}
