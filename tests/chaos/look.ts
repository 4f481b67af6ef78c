import { readdirSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { problemOfFile } from '../support/state-folder.js';
import { marksIn } from '../support/traffic-plan.js';
import type { Installation } from './installation.js';
import type { SeenFile, SeenProcess } from './observation.js';

/** Everything that runs for an installation, and the dead children that its processes have not taken note of. */
export function seeProcesses(installation: Installation): SeenProcess[] {
  const own = new Set(installation.processes());
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const seen = seeProcess(Number(name));
      return seen !== null && (own.has(seen.pid) || (seen.state === 'Z' && own.has(seen.parent))) ? [seen] : [];
    });
}

function seeProcess(pid: number): SeenProcess | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state = '?', parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean);
    const program = words.findIndex((word) => word.endsWith('main.js'));
    return { pid, parent: Number(parent), state, what: words.slice(Math.max(0, program)).join(' ') };
  } catch {
    return null; // it is gone
  }
}

/** Every entry of the state folder, and what is wrong with it. */
export async function seeFiles(folder: string): Promise<SeenFile[]> {
  const names = await readdir(folder);
  const seen = await Promise.all(names.map(async (name) => ({ name, problem: await problemOf(join(folder, name)) })));
  return seen.filter(({ problem }) => problem !== 'ENOENT');
}

function problemOf(path: string): Promise<string | null> {
  return path.endsWith('.sock') ? problemOfSocket(path) : problemOfFile(path, { isGrowing: true });
}

function problemOfSocket(path: string): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(null);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

/** Ids of the jobs that were rejected as being from the future, from the lines of a log. */
export function disbelievedJobsIn(log: string): string[] {
  // What follows the last line break is on its way.
  const lines = log.split('\n').slice(0, -1);
  return lines.flatMap((line) => {
    if (!line.includes('"job:rejected"') || !line.includes('"from-future"')) return [];
    return [(JSON.parse(line) as { job: string }).job];
  });
}

/** Numbers of the commands that are named in these files. A file that is not there names none. */
export async function numbersIn(...paths: readonly string[]): Promise<Set<number>> {
  const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8').catch(() => '')));
  return new Set(texts.flatMap(marksIn));
}
