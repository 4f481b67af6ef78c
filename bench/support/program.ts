import { packageFile } from '../../shared/package.js';

/** A program of `bench/programs/`. */
export function benchProgram(name: string): string {
  return packageFile(`bench/programs/${name}`);
}
