import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Answer } from '../../../../supervisor/http/answer.js';
import { PageFiles } from '../../../../supervisor/http/page-files.js';
import { findRoute } from '../../../../supervisor/http/route.js';
import type { WebRequest } from '../../../../supervisor/http/web-request.js';

let folder: string;
let files: PageFiles;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-page-'));
  const [assets, compiled] = [join(folder, 'assets'), join(folder, 'compiled')];
  await mkdir(assets);
  await mkdir(join(compiled, 'views'), { recursive: true });
  await writeFile(join(assets, 'index.html'), '<!doctype html>');
  await writeFile(join(assets, 'page.css'), 'body {}');
  await writeFile(join(assets, 'notes.txt'), 'not for the world');
  await writeFile(join(compiled, 'main.js'), 'import "./views/a.js";');
  await writeFile(join(compiled, 'main.js.map'), '{}');
  await writeFile(join(compiled, 'views/a.js'), '');
  await writeFile(join(folder, 'secret.js'), 'secret');
  await symlink(join(folder, 'secret.js'), join(assets, 'link.js'));
  files = new PageFiles([assets, compiled]);
});
afterEach(() => rm(folder, { recursive: true }));

async function get(path: string, headers: WebRequest['headers'] = {}): Promise<Answer> {
  const match = findRoute(files.routes, 'GET', path);
  if (match.kind !== 'route') throw new Error(`no route for ${path}`);
  const request = { headers, params: match.params } as WebRequest;
  return (await match.route.handle(request)) as Answer;
}

describe('the files of the page', () => {
  it.each([
    ['/', 'text/html; charset=utf-8', '<!doctype html>'],
    ['/page/page.css', 'text/css; charset=utf-8', 'body {}'],
    ['/page/main.js', 'text/javascript; charset=utf-8', 'import "./views/a.js";'],
    ['/page/views/a.js', 'text/javascript; charset=utf-8', ''],
  ])('are served with their types: %s', async (path, type, body) => {
    const answer = await get(path);
    expect([answer.status, answer.headers['content-type'], answer.headers['cache-control']]).toEqual([
      200,
      type,
      'no-cache',
    ]);
    expect(String(answer.body)).toBe(body);
  });

  it.each([
    '/page/notes.txt',
    '/page/main.js.map',
    '/page/link.js',
    '/page/../secret.js',
    '/page/views/../../../secret.js',
    '/page/%2e%2e/secret.js',
    '/page/views',
    '/page/',
    '/page/constructor',
  ])('are all that there is: not %s', async (path) => {
    expect((await get(path)).status).toBe(404);
  });

  it('are sent again only when they changed', async () => {
    const { etag = '' } = (await get('/page/page.css')).headers;
    expect(await get('/page/page.css', { 'if-none-match': etag })).toMatchObject({ status: 304, body: '' });
    await writeFile(join(folder, 'assets/page.css'), 'body { color: red }');
    expect((await get('/page/page.css', { 'if-none-match': etag })).status).toBe(200);
  });

  it('are none in an installation without a page', async () => {
    files = new PageFiles([join(folder, 'nowhere')]);
    expect((await get('/')).status).toBe(404);
  });
});
