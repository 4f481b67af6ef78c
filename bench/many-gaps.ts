import { startSandbox } from '../sandbox/index.js';
import { startPostgres } from '../tests/support/postgres.js';
import { type Cause, type Gap, measureGap } from './gap.js';
import { SupervisedTux } from './supervised-tux.js';
import { SHORTEST_WAIT } from './support/small-supervision.js';
import { inTemporaryFolder } from './support/temporary-folder.js';

/** A way to run Tux. */
export interface Setup {
  readonly database: 'PostgreSQL' | 'embedded';
  readonly standby: 'on' | 'off';
  /** Of the supervisor. */
  readonly settings: Readonly<Record<string, string>>;
}

/** Calls `bench` for each database, with a standby and without; the PostgreSQL is there for as long as that takes. */
export async function inEachSetup(bench: (setup: Setup) => Promise<void>): Promise<void> {
  const postgres = await startPostgres();
  try {
    for (const database of ['PostgreSQL', 'embedded'] as const) {
      for (const standby of ['on', 'off'] as const) {
        const settings = {
          TUX_STANDBY: standby,
          ...(database === 'PostgreSQL' && { DATABASE_URL: await postgres.createDatabase() }),
        };
        await bench({ database, standby, settings });
      }
    }
  } finally {
    await postgres.stop();
  }
}

/** Five crashes within a minute, and the supervisor would hold Tux back. */
const CRASHES_PER_SUPERVISOR = 4;

/** Has one worker follow another `count` times under traffic, on as few installations as will do. */
export async function manyGaps(settings: Setup['settings'], cause: Cause, count: number): Promise<Gap[]> {
  const gaps: Gap[] = [];
  while (gaps.length < count) {
    const left = count - gaps.length;
    const size = cause === 'kill -9' ? Math.min(CRASHES_PER_SUPERVISOR, left) : left;
    gaps.push(...(await inTemporaryFolder((folder) => gapsOfOne(folder, settings, cause, size))));
  }
  return gaps;
}

/** The gap in the middle, by its length; undefined of none. */
export function medianGap(gaps: readonly Gap[]): Gap | undefined {
  return [...gaps].sort((left, right) => left.ms - right.ms)[Math.floor(gaps.length / 2)];
}

/** Those of one installation, which is made for them. */
async function gapsOfOne(folder: string, settings: Setup['settings'], cause: Cause, count: number): Promise<Gap[]> {
  const sandbox = await startSandbox();
  const tux = new SupervisedTux(sandbox, folder, settings, SHORTEST_WAIT);
  try {
    await tux.until('commands:registered');
    let from = 0;
    const gaps: Gap[] = [];
    while (gaps.length < count) {
      if (settings.TUX_STANDBY === 'on') await tux.until('standby:ready', from);
      from = tux.log.lines.length;
      gaps.push(await measureGap(tux, sandbox, cause));
    }
    return gaps;
  } finally {
    await tux.stop();
    await sandbox.close();
  }
}
