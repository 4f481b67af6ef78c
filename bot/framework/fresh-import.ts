import { register } from 'node:module';

/** Query parameter of a module's address that tells its versions apart. */
export const RELOAD_PARAMETER = 'reload';

let version = 0;

/**
 * Imports a module and the modules of its folder anew, past Node's cache. The versions before stay in memory: for
 * development only.
 *
 * @throws whatever the import throws, e.g. a SyntaxError.
 */
export async function importFresh(file: URL): Promise<Readonly<Record<string, unknown>>> {
  if (version === 0) register('./reload-hooks.js', import.meta.url);
  version += 1;
  const url = new URL(file);
  url.searchParams.set(RELOAD_PARAMETER, String(version));
  return import(url.href);
}
