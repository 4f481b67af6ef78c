import { existsSync, readdirSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { extname, join, relative } from 'node:path';
import { packageFile } from '../../shared/package.js';
import { type Answer, failureAnswer } from './answer.js';
import type { Route } from './route.js';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
};

/**
 * The files of the page: what stands in `assets/page`, and the compiled modules. Which there are is looked up once, so that no
 * request can name another one.
 */
export class PageFiles {
  readonly #files: ReadonlyMap<string, string>;

  /** @param folders where they are; of two with one name the first is served. */
  constructor(folders: readonly string[] = [packageFile('assets/page'), packageFile('dist/page')]) {
    this.#files = new Map(folders.toReversed().flatMap(listFolder));
  }

  get routes(): Route[] {
    const index = 'index.html';
    return [
      {
        method: 'GET',
        path: '/',
        needs: 'page',
        handle: ({ headers }) => this.#serve(index, headers['if-none-match']),
      },
      {
        method: 'GET',
        path: '/page/*',
        needs: 'page',
        handle: ({ params, headers }) => this.#serve(params.rest ?? '', headers['if-none-match']),
      },
    ];
  }

  async #serve(name: string, knownTag: string | undefined): Promise<Answer> {
    const path = this.#files.get(name);
    if (path === undefined) return failureAnswer(404, 'TUX_NO_ROUTE', 'There is no such file');
    const { size, mtimeMs } = await stat(path);
    const etag = `"${size.toString(36)}-${Math.round(mtimeMs).toString(36)}"`;
    // Without an age it would be asked for each time; with one a page of before an upgrade would talk to a supervisor after it.
    const headers = { 'cache-control': 'no-cache', etag };
    if (knownTag === etag) return { status: 304, headers, body: '' };
    const type = TYPES[extname(path)] ?? 'application/octet-stream';
    return { status: 200, headers: { ...headers, 'content-type': type }, body: await readFile(path) };
  }
}

/** Names, as in the path of a request, and paths. */
function listFolder(folder: string): [name: string, path: string][] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && extname(entry.name) in TYPES)
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [relative(folder, path), path];
    });
}
