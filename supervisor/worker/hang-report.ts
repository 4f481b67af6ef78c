import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compactTimestamp, FILE_MODE, makeFolder } from '../../shared/atomic-file.js';
import { deadline } from '../../shared/deadline.js';
import { describeError } from '../../shared/errors.js';
import type { Heartbeat } from '../../shared/ipc-protocol.js';
import { isoTime } from '../../shared/iso-time.js';
import { readProcStat } from '../../shared/process-identity.js';
import { redact } from '../../shared/redact.js';
import { scrub } from '../../shared/scrub.js';
import { captureStack, formatFrame, type StackFrame } from './hang-stack.js';

/** SIGUSR1 to frames takes about 0.1 s; a program stuck in native code never answers. */
const CAPTURE_LIMIT_MS = 3_000;

/** What a report holds of a stack at most: a recursion without end has some ten thousand frames, its ends say enough. */
const TOP_FRAMES = 150;
const BOTTOM_FRAMES = 50;
/** Code that was evaluated has all of itself for an address. In characters. */
const MAX_FRAME_LENGTH = 400;

/** What is known of a worker that hangs, for its report. */
export interface HangFacts {
  readonly pid: number;
  readonly runId: string;
  readonly silentMs: number;
  /** The last heartbeats, oldest first. */
  readonly heartbeats: readonly Heartbeat[];
  /** Literals that must not be reported. */
  readonly secrets: readonly string[];
  /** Resolves to the inspector's address once it was seen on stderr. */
  readonly inspectorAddress: (signal: AbortSignal) => Promise<string>;
}

/** Where the report of a hang is, and what it says in short. */
export interface HangReport {
  readonly path: string;
  /** `function at file:line`, or why there is none. */
  readonly summary: string;
}

/**
 * Finds out where a hung worker is and writes it down, with its last heartbeats, as
 * `reports/hang-TIMESTAMP-RUN.json`. Never throws for want of a stack: then the report says why.
 */
export async function writeHangReport(folder: string, facts: HangFacts, now: Date = new Date()): Promise<HangReport> {
  const processState = readProcStat(facts.pid)?.state ?? 'gone';
  const { frames, problem } = await findFrames(facts, processState);
  const summary = redact(problem ?? describeTop(frames), facts.secrets);
  const report = {
    kind: 'hang',
    runId: facts.runId,
    pid: facts.pid,
    at: isoTime(now),
    silentMs: Math.round(facts.silentMs),
    /** proc(5): R runs, S sleeps, D waits for a disk, T was stopped by a signal. */
    processState,
    summary,
    stack: describeStack(frames),
    heartbeats: facts.heartbeats,
  };
  makeFolder(folder);
  const path = join(folder, `hang-${compactTimestamp(now)}-${facts.runId}.json`);
  await writeFile(path, `${JSON.stringify(scrub(report, facts.secrets), null, 2)}\n`, { mode: FILE_MODE });
  return { path, summary };
}

async function findFrames(
  facts: HangFacts,
  processState: string,
): Promise<{ frames: readonly StackFrame[]; problem?: string }> {
  if (processState === 'T') return { frames: [], problem: 'stopped by a signal (SIGSTOP), not by its own code' };
  try {
    process.kill(facts.pid, 'SIGUSR1');
    const frames = await deadline('taking the stack', CAPTURE_LIMIT_MS, async (signal) =>
      captureStack(await facts.inspectorAddress(signal), signal),
    );
    return { frames };
  } catch (error) {
    return { frames: [], problem: `no JavaScript stack could be taken: ${describeError(error)}` };
  }
}

function describeTop([top]: readonly StackFrame[]): string {
  if (top === undefined) return 'idle: no JavaScript was running';
  return cut(`in ${top.functionName} (${top.url}:${top.line})`);
}

function describeStack(frames: readonly StackFrame[]): string[] {
  const lines = frames.map((frame) => cut(formatFrame(frame).trim()));
  const leftOut = lines.length - TOP_FRAMES - BOTTOM_FRAMES;
  if (leftOut <= 0) return lines;
  return [...lines.slice(0, TOP_FRAMES), `… ${leftOut} frames`, ...lines.slice(-BOTTOM_FRAMES)];
}

function cut(text: string): string {
  return text.length <= MAX_FRAME_LENGTH ? text : `${text.slice(0, MAX_FRAME_LENGTH)}…`;
}
