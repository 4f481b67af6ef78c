import { describe, expect, it } from 'vitest';
import { jsonAnswer } from '../../../../supervisor/http/answer.js';
import { findRoute, type Route } from '../../../../supervisor/http/route.js';

const route = (method: Route['method'], path: string): Route => ({
  method,
  path,
  needs: 'nothing',
  handle: () => jsonAnswer(path),
});
const routes = [
  route('GET', '/'),
  route('GET', '/page/*'),
  route('GET', '/api/runs/:runId/report'),
  route('GET', '/api/thing'),
  route('POST', '/api/thing'),
];
const found = (method: string, path: string) => {
  const match = findRoute(routes, method, path);
  return match.kind === 'route' ? [match.route.path, match.params] : match;
};

describe('the route of a request', () => {
  it.each<[string, string, unknown]>([
    ['GET', '/', ['/', {}]],
    ['HEAD', '/', ['/', {}]],
    ['GET', '/page/views/a.js', ['/page/*', { rest: 'views/a.js' }]],
    ['GET', '/page/../../etc/passwd', ['/page/*', { rest: '../../etc/passwd' }]],
    ['GET', '/api/runs/RUN-1/report', ['/api/runs/:runId/report', { runId: 'RUN-1' }]],
    ['POST', '/api/thing', ['/api/thing', {}]],
    ['PUT', '/api/thing', { kind: 'method', allowed: ['GET', 'HEAD', 'POST'] }],
    ['POST', '/', { kind: 'method', allowed: ['GET', 'HEAD'] }],
    ['GET', '/api/runs/a/b/report', { kind: 'none' }],
    ['GET', '/api/runs', { kind: 'none' }],
    ['GET', '/api/thing/', { kind: 'none' }],
    ['GET', '', { kind: 'none' }],
    ['GET', '/nothing', { kind: 'none' }],
  ])('%s %s', (method, path, expected) => {
    expect(found(method, path)).toEqual(expected);
  });
});
