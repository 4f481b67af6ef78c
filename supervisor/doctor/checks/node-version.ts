import { readFileSync } from 'node:fs';
import { packageFile } from '../../../shared/package.js';
import { type Check, type Finding, fail, ok } from '../check.js';

/** Whether this Node is new enough. */
export const nodeVersionCheck: Check = {
  name: 'Node',
  run() {
    const { engines } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { engines: { node: string } };
    return judgeNode(process.versions.node, engines.node);
  },
};

/** @param range as in package.json, `>=20.19`. */
export function judgeNode(version: string, range: string): Finding {
  const least = range.replace(/^>=\s*/, '');
  if (compareVersions(version, least) >= 0) return ok(`${version} (${least} or newer is needed)`);
  return fail(
    `${version} is too old: Tux needs ${least} or newer`,
    'install a newer one, see https://nodejs.org/en/download',
  );
}

/** Below, at or above zero, as for `sort`. A part that is missing counts as 0. */
function compareVersions(left: string, right: string): number {
  const [a, b] = [left, right].map((version) => version.split('.').map(Number));
  for (let part = 0; part < 3; part += 1) {
    const difference = (a?.[part] ?? 0) - (b?.[part] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
