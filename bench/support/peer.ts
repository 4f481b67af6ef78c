import { packageFile } from '../../shared/package.js';

/** A file of a package that Tux is measured against; `scripts/bench.mjs` installs them. */
export function peerFile(path: string): string {
  return packageFile(`bench/peers/node_modules/${path}`);
}

/** A program of ours that uses such packages. */
export function peerProgram(name: string): string {
  return packageFile(`bench/peers/${name}`);
}
