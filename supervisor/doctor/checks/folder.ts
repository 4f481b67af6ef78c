import { randomUUID } from 'node:crypto';
import { accessSync, constants, existsSync, type Stats, statSync } from 'node:fs';
import { open, readFile, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeFailure } from '../../../shared/atomic-file.js';
import { errnoOf } from '../../../shared/errors.js';
import { isRefusal, notAllowedError, userName } from '../../../shared/not-allowed.js';
import { packageFile } from '../../../shared/package.js';
import type { Paths } from '../../../shared/paths.js';
import { type Check, type Finding, fail, ok, quoted, warn } from '../check.js';
import { type WalkedFile, walk } from '../walk.js';

/** What group and others may do. */
const OTHERS = 0o077;
const NAMED_FILES = 3;

/** Whether a folder is there, private, of the right owner, and can really be written to. */
export function folderCheck(name: string, pick: (paths: Paths) => string): Check {
  return { name, run: ({ paths }, signal) => checkFolder(pick(paths), signal) };
}

async function checkFolder(folder: string, signal: AbortSignal): Promise<Finding | Finding[]> {
  let info: Stats;
  try {
    info = statSync(folder);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return checkMissing(folder);
    if (errnoOf(error) === 'ENOTDIR') return fail(`${folder} lies below a file`, 'choose another folder');
    if (!isRefusal(error)) throw error;
    const { message, hint } = notAllowedError(folder, error);
    return fail(message, hint ?? 'run the command as its owner');
  }
  if (!info.isDirectory())
    return fail(`${folder} is a file`, `move it away: mv ${quoted(folder)} ${quoted(`${folder}.old`)}`);
  const foreign = checkOwner(folder, info);
  if (foreign?.status === 'fail') return foreign;
  const problems = [...(foreign ? [foreign] : []), ...checkMode(folder, info), ...(await probeWrite(folder))];
  // Who may not even list it has heard so by now.
  if (problems.every(({ status }) => status !== 'fail'))
    problems.push(...judgeFiles(folder, info, await walk(folder, signal)));
  return problems.length > 0 ? problems : ok(`${folder} is private, ours, and can be written to`);
}

/** It will be made at the first start, if that is possible. */
function checkMissing(folder: string): Finding {
  let parent = dirname(folder);
  while (!existsSync(parent) && parent !== dirname(parent)) parent = dirname(parent);
  try {
    accessSync(parent, constants.W_OK | constants.X_OK);
    return ok(`${folder} does not exist yet; the first start makes it`);
  } catch {
    const me = userName(process.getuid?.() ?? 0);
    const fix = `sudo install -d -m 700 -o ${quoted(me)} ${quoted(folder)}`;
    return fail(`${folder} does not exist, and ${me} may not make it in ${parent}`, fix);
  }
}

/** Null when it is ours. */
function checkOwner(folder: string, { uid }: Stats): Finding | null {
  const me = process.getuid?.();
  if (me === undefined || me === uid) return null;
  const owner = userName(uid);
  const summary = `${folder} belongs to ${owner}, and this is ${userName(me)}`;
  const program = packageFile('dist/supervisor/main.js');
  const fix = `sudo -u ${quoted(owner)} ${quoted(process.execPath)} ${quoted(program)} doctor`;
  // Root gets through everywhere, so from here on it would see no trouble that the owner has.
  return me === 0 ? warn(summary, fix) : fail(summary, fix);
}

function checkMode(folder: string, { mode }: Stats): Finding[] {
  if ((mode & OTHERS) === 0) return [];
  return [warn(`${folder} is open to other users (mode ${octal(mode)})`, `chmod 700 ${quoted(folder)}`)];
}

/** A folder may be writable by its mode and still not take a file: read-only mounts, quotas, full disks. */
async function probeWrite(folder: string): Promise<Finding[]> {
  const path = join(folder, `.doctor-${randomUUID()}`);
  try {
    const handle = await open(path, 'wx', 0o600);
    try {
      await handle.writeFile(path);
      await handle.sync();
    } finally {
      await handle.close();
    }
    const isWhole = (await readFile(path, 'utf8')) === path;
    await unlink(path);
    return isWhole ? [] : [fail(`${folder} gives back other bytes than were written`, 'check the disk: dmesg | tail')];
  } catch (error) {
    await unlink(path).catch(() => {});
    const { message, hint } = writeFailure(path, error);
    return [fail(message.replace(path, folder), hint ?? 'check the disk')];
  }
}

/** @param info of the folder, whose owner all of them should have, and whose mode keeps others out of all of them or of none. */
export function judgeFiles(
  folder: string,
  { uid: owner, mode }: Pick<Stats, 'uid' | 'mode'>,
  files: readonly WalkedFile[],
): Finding[] {
  const findings: Finding[] = [];
  const foreign = files.filter(({ uid }) => uid !== owner);
  if (foreign.length > 0) {
    const summary = `${named(foreign)} in ${folder} ${belongs(foreign)} ${userName(foreign[0]?.uid ?? 0)}, the folder to ${userName(owner)}`;
    findings.push(fail(summary, `sudo chown -R ${quoted(userName(owner))} ${quoted(folder)}`));
  }
  // Into a private folder nobody else gets, whatever is in it. Below an open one PGlite sets modes of its own.
  const open = files.filter((file) => file.isFile && dirname(file.path) === '.' && (file.mode & OTHERS) !== 0);
  if ((mode & OTHERS) !== 0 && open.length > 0) {
    const paths = open.map(({ path }) => quoted(join(folder, path))).join(' ');
    findings.push(
      warn(`${named(open)} in ${folder} ${open.length === 1 ? 'is' : 'are'} open to other users`, `chmod 600 ${paths}`),
    );
  }
  return findings;
}

function named(files: readonly WalkedFile[]): string {
  const names = files.slice(0, NAMED_FILES).map(({ path }) => path);
  const more = files.length - names.length;
  return more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ');
}

function belongs(files: readonly WalkedFile[]): string {
  return files.length === 1 ? 'belongs to' : 'belong to';
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, '0');
}
