import type { ResolveHook } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RELOAD_PARAMETER } from './fresh-import.js';

/**
 * A module that was imported with a version in its address passes the version on to the modules of its own folder, so that
 * all of a cog is read anew and nothing else is. Node runs this in a thread of its own (`module.register`).
 */
export const resolve: ResolveHook = async (specifier, context, nextResolve) => {
  const resolved = await nextResolve(specifier, context);
  const { parentURL } = context;
  const version = parentURL === undefined ? null : new URL(parentURL).searchParams.get(RELOAD_PARAMETER);
  if (parentURL === undefined || version === null || !isNeighbour(resolved.url, parentURL)) return resolved;
  const url = new URL(resolved.url);
  url.searchParams.set(RELOAD_PARAMETER, version);
  return { ...resolved, url: url.href };
};

function isNeighbour(url: string, parentURL: string): boolean {
  return url.startsWith('file:') && dirname(fileURLToPath(url)) === dirname(fileURLToPath(parentURL));
}
