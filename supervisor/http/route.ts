import type { Answer, OpenAnswer } from './answer.js';
import type { WebRequest } from './web-request.js';

/**
 * What a visitor needs (`access-policy` decides who has it):
 *
 * - `nothing`: health checks and metrics are for everybody.
 * - `page`, `login`: the files of the page, and to log in. Refused only where nobody could see or do anything afterwards.
 * - `sight`: to see what the page shows.
 * - `token`: to change something.
 */
export type Need = 'nothing' | 'page' | 'login' | 'sight' | 'token';

/** What answers the requests for one path. */
export interface Route {
  /** A `GET` answers `HEAD` as well. */
  readonly method: 'GET' | 'POST';
  /** A part that begins with a colon takes anything without a slash; a last part `*` takes the rest. */
  readonly path: string;
  readonly needs: Need;
  handle(request: WebRequest): Answer | OpenAnswer | Promise<Answer | OpenAnswer>;
}

/** What {@link findRoute} found: a route, the right path with another method, or nothing. */
export type Match =
  | { readonly kind: 'route'; readonly route: Route; readonly params: Readonly<Record<string, string>> }
  | { readonly kind: 'method'; readonly allowed: readonly string[] }
  | { readonly kind: 'none' };

/** The route of a request. Pure. */
export function findRoute(routes: readonly Route[], method: string, path: string): Match {
  const fitting = routes.flatMap((route) => {
    const params = paramsOf(route.path, path);
    return params ? [{ route, params }] : [];
  });
  if (fitting.length === 0) return { kind: 'none' };
  const wanted = method === 'HEAD' ? 'GET' : method;
  const found = fitting.find(({ route }) => route.method === wanted);
  if (found) return { kind: 'route', ...found };
  return {
    kind: 'method',
    allowed: fitting.flatMap(({ route }) => (route.method === 'GET' ? ['GET', 'HEAD'] : ['POST'])),
  };
}

/** @returns the named parts, undefined when the path is another. */
function paramsOf(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    if (part === '*') return { ...params, rest: given.slice(index).join('/') };
    const value = given[index];
    if (value === undefined) return undefined;
    if (part.startsWith(':')) params[part.slice(1)] = value;
    else if (part !== value) return undefined;
  }
  return wanted.length === given.length ? params : undefined;
}
