import type { Observation } from '../observation.js';

/** Put aside because they could not be read. */
const ARCHIVE = /\.broken\./;

/** Every file of the state folder parses, and none was ever found torn: nobody but Tux writes there. */
export function wholeFiles({ files }: Pick<Observation, 'files'>): string[] {
  return files.flatMap(({ name, problem }) => {
    if (ARCHIVE.test(name)) return [`${name}: a file was found torn`];
    return problem === null || name.endsWith('.sock') ? [] : [`${name}: ${problem}`];
  });
}
