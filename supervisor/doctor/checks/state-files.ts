import { readdirSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { formatBytes, formatCount } from '../../../shared/cli/format.js';
import { errnoOf } from '../../../shared/errors.js';
import { scanJournal } from '../../../shared/journal-entry.js';
import type { Paths } from '../../../shared/paths.js';
import { envelopeSchema } from '../../../shared/state-file.js';
import { type Check, type Finding, fail, ok, quoted, warn } from '../check.js';
import { type KnownFile, knownFiles } from '../known-files.js';

/** Of one file: beyond this every start and every snapshot takes seconds, and something grows that should not. */
const LARGE_BYTES = 50_000_000;

/** Whether every state file can be read by this version. Nothing is repaired here: the start does that, and keeps what was there. */
export const stateFilesCheck: Check = {
  name: 'state files',
  async run({ paths }) {
    const found = await Promise.all(knownFiles(paths).map(readKnown));
    const files = found.filter((file) => file !== null);
    const problems = [...files.flatMap(judgeFile), ...judgeArchives(paths)];
    if (problems.length > 0) return problems;
    if (files.length === 0) return ok('none yet');
    const bytes = files.reduce((sum, { content }) => sum + content.length, 0);
    return ok(`${formatCount(files.length, 'file')}, ${formatBytes(bytes)}, all can be read`);
  },
};

interface ReadFile extends KnownFile {
  readonly content: Buffer;
  readonly bytes: number;
}

async function readKnown(file: KnownFile): Promise<ReadFile | null> {
  try {
    const { size: bytes } = await stat(file.path);
    return { ...file, bytes, content: await readFile(file.path) };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Pure. */
export function judgeFile(file: ReadFile): Finding[] {
  const name = basename(file.path);
  const size =
    file.bytes > LARGE_BYTES
      ? [warn(`${name} has ${formatBytes(file.bytes)}`, 'see tux status for what piles up')]
      : [];
  const judge = { json: judgeJson, journal: judgeJournal, lines: judgeLines }[file.form];
  return [...size, ...judge(name, file)];
}

function judgeJson(name: string, { path, content, kind, version, isCache }: ReadFile): Finding[] {
  const aside = `look at it: ${quoted(path)}; the next start puts it aside and goes on without it`;
  let json: unknown;
  try {
    json = JSON.parse(content.toString('utf8'));
  } catch {
    return [fail(`${name} ${content.length === 0 ? 'is empty' : 'is not JSON'}`, aside)];
  }
  const envelope = envelopeSchema.safeParse(json);
  if (!envelope.success) return [fail(`${name} is no state file`, aside)];
  const { schemaVersion: found } = envelope.data;
  if (found > version) return [isCache ? newerCache(name, found, version) : newer(name, path, found, version)];
  if (envelope.data.kind !== kind) return [fail(`${name} holds '${envelope.data.kind}', expected '${kind}'`, aside)];
  return [];
}

/** The last line may be on its way just now, and a line that a crash tore was never acknowledged. */
function judgeJournal(name: string, { path, content, version }: ReadFile): Finding[] {
  const scan = scanJournal(content, z.unknown());
  if (scan.version > version) return [newer(name, path, scan.version, version)];
  if (scan.badLines === 0) return [];
  const fix = `the next start keeps a copy and goes on with the rest; look at it before: ${quoted(path)}`;
  return [warn(`${name} has ${formatCount(scan.badLines, 'line')} that cannot be read`, fix)];
}

/** Every line stands for itself: one that cannot be read is passed over. */
function judgeLines(name: string, { path, content }: ReadFile): Finding[] {
  const lines = content.toString('utf8').split('\n').slice(0, -1);
  const bad = lines.filter((line) => !isJson(line)).length;
  return bad === 0
    ? []
    : [warn(`${name} has ${formatCount(bad, 'line')} that cannot be read`, `look at it: ${quoted(path)}`)];
}

/** Files that could not be read at a start, kept for a human. */
function judgeArchives({ stateDir }: Paths): Finding[] {
  const archives = namesIn(stateDir).filter((name) => name.includes('.broken.'));
  if (archives.length === 0) return [];
  const newest = [...archives].sort((a, b) => timeOf(b).localeCompare(timeOf(a)))[0];
  const summary = `${formatCount(archives.length, 'file')} could not be read at a start and ${archives.length === 1 ? 'was' : 'were'} kept, the newest is ${newest}`;
  return [warn(summary, `once you have looked at them: rm ${quoted(stateDir)}/*.broken.*`)];
}

function timeOf(archive: string): string {
  return archive.split('.broken.')[1] ?? '';
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

function newer(name: string, path: string, found: number, known: number): Finding {
  return fail(
    `${name} was written by a newer Tux (version ${found}, this one knows ${known})`,
    `start the newer Tux again, or begin without it: mv ${quoted(path)} ${quoted(join(path, '..', `${name}.newer`))}`,
  );
}

function newerCache(name: string, found: number, known: number): Finding {
  const summary = `${name} was written by a newer Tux (version ${found}, this one knows ${known})`;
  return warn(summary, 'nothing to do: the next start puts it aside and goes on without it');
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
