import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { z } from 'zod';
import { formatCount } from '../../../shared/cli/format.js';
import { packageFile } from '../../../shared/package.js';
import { type Check, type Finding, fail, ok, skipped, warn } from '../check.js';
import type { DoctorContext } from '../context.js';

/** What `tux db status --json` prints. */
const answerSchema = z.union([
  z.object({
    database: z.string(),
    state: z.enum(['empty', 'behind', 'current', 'ahead', 'damaged']),
    applied: z.array(z.string()),
    pending: z.array(z.string()),
    unknown: z.array(z.string()),
    problems: z.array(z.string()),
  }),
  z.object({ error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }) }),
]);
type Answer = z.infer<typeof answerSchema>;

/** Whether the database answers, and how its schema stands. The bot's own command looks: the supervisor knows no SQL. */
export const databaseCheck: Check = {
  name: 'database',
  limitMs: 30_000,
  async run(context, signal) {
    if (isForeign(context)) return skipped('the state folder belongs to another user');
    const answer = await askDatabase(context, signal);
    return answer === null
      ? fail('tux db status gave no answer', 'see what it says: tux db status')
      : judgeDatabase(answer);
  },
};

/** What to say of a database that answered so. Pure. @returns one finding, or one for each thing that is damaged. */
export function judgeDatabase(answer: Answer): Finding | Finding[] {
  if ('error' in answer) {
    const { code, message, hint } = answer.error;
    if (code === 'TUX_DB_NONE') return ok('none yet; the first start makes it');
    if (code === 'TUX_CONFIG') return skipped('its settings are not valid');
    // Its messages bring a sign of their own.
    return fail(plain(message), plain(hint ?? 'see tux db health'));
  }
  const { database, state, applied, pending, unknown, problems } = answer;
  const migrations = formatCount(applied.length, 'migration');
  switch (state) {
    case 'current':
      return ok(`${database} answers, schema current (${migrations})`);
    case 'empty':
      return ok(`${database} answers and is empty; the first start fills it`);
    case 'behind':
      return warn(
        `${database} answers, ${formatCount(pending.length, 'migration')} to come (${pending.join(', ')})`,
        'the next start runs them, and so does: tux db migrate',
      );
    case 'ahead':
      return fail(
        `${database} is newer than this Tux: it has ${unknown.join(', ')}`,
        'start the release that was used last',
      );
    case 'damaged':
      return problems.map((problem) => fail(`${database}: ${problem}`, 'restore it from a backup'));
  }
}

/** As root one would leave files in the embedded database that the bot cannot write. */
function isForeign({ paths, raw }: DoctorContext): boolean {
  if (raw.DATABASE_URL) return false;
  const uid = statSync(paths.stateDir, { throwIfNoEntry: false })?.uid;
  return uid !== undefined && process.getuid !== undefined && uid !== process.getuid();
}

/** Null when what came is no answer of it. */
function askDatabase({ paths, processEnv }: DoctorContext, signal: AbortSignal): Promise<Answer | null> {
  const program = packageFile('dist/bot/cli/main.js');
  const env = { ...processEnv, TUX_STATE_DIR: paths.stateDir };
  return new Promise((resolve) => {
    // The exit code says nothing that the answer does not.
    execFile(process.execPath, [program, 'db', 'status', '--json'], { env, signal }, (_error, stdout) => {
      const parsed = answerSchema.safeParse(parseJson(stdout));
      resolve(parsed.success ? parsed.data : null);
    });
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function plain(text: string): string {
  return text.replace(/^(❌|💡)\s*/u, '');
}
