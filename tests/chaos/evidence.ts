import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RoundOutcome } from './driver.js';
import type { Installation } from './installation.js';

/** Copies logs, files and records of a round in which something did not hold to where they outlive the installation. @returns the folder. */
export async function keepEvidence(
  installation: Installation,
  { plan, timeline, violations, observation }: Omit<RoundOutcome, 'evidence' | 'tookMs'>,
): Promise<string> {
  const folder = join(tmpdir(), `tux-chaos-seed-${plan.seed}-round-${plan.round}`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const { paths, programs, sandbox } = installation;
  const options = { recursive: true, filter: (path: string) => !path.endsWith('.sock') };
  await cp(paths.stateDir, join(folder, 'state'), options).catch(() => {});
  await cp(paths.logDir, join(folder, 'logs'), options).catch(() => {});
  const output = programs.map(({ pid, log }) => `── supervisor ${pid}\n${log.text}`).join('\n');
  await writeFile(join(folder, 'output.log'), output);
  const story = { plan, timeline, violations, observation };
  await writeFile(
    join(folder, 'round.json'),
    JSON.stringify(story, (_, value) => (value instanceof Set ? [...value] : value), 2),
  );
  const lines = (entries: readonly object[]) => entries.map((entry) => JSON.stringify(entry)).join('\n');
  await writeFile(join(folder, 'connections.jsonl'), lines(sandbox.recorder.turns.since()));
  await writeFile(join(folder, 'requests.jsonl'), lines(sandbox.recorder.requests.since().slice(-2_000)));
  return folder;
}
