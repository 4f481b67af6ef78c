import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import type { Heartbeat } from '../../../../shared/ipc-protocol.js';
import { REDACTED } from '../../../../shared/redact.js';
import { type HangFacts, writeHangReport } from '../../../../supervisor/worker/hang-report.js';
import type { StackFrame } from '../../../../supervisor/worker/hang-stack.js';

const NOW = new Date('2026-01-02T03:04:05.678Z');
const frame = (functionName: string, url = 'file:///bot/x.js'): StackFrame => ({
  functionName,
  url,
  line: 1,
  column: 2,
});

let folder: string;
let facts: HangFacts;
/** Answers as the inspector of a program that stands in `frames`. */
let inspector: WebSocketServer;
let frames: StackFrame[];
beforeEach(async () => {
  inspector = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  inspector.on('connection', (socket) => socket.on('message', () => socket.send(JSON.stringify(paused(frames)))));
  await once(inspector, 'listening');
  folder = await mkdtemp(join(tmpdir(), 'tux-report-'));
  facts = {
    pid: process.pid,
    runId: 'RUN',
    silentMs: 1_234.5,
    heartbeats: [{ type: 'heartbeat', seq: 1 } as Heartbeat],
    secrets: ['correct-horse-battery'],
    inspectorAddress: async () => `ws://127.0.0.1:${(inspector.address() as AddressInfo).port}`,
  };
  vi.spyOn(process, 'kill').mockReturnValue(true);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await new Promise((done) => inspector.close(done));
  await rm(folder, { recursive: true });
});

/** `Debugger.paused` of the Chrome DevTools Protocol, which counts lines and columns from 0. */
function paused(stack: readonly StackFrame[]): object {
  const callFrames = stack.map(({ functionName, url, line, column }) => ({
    functionName,
    url,
    location: { scriptId: '1', lineNumber: line - 1, columnNumber: column - 1 },
  }));
  return { method: 'Debugger.paused', params: { callFrames } };
}

async function report(stack: StackFrame[]): Promise<{ summary: string; stack: string[]; text: string }> {
  frames = stack;
  const { path } = await writeHangReport(join(folder, 'reports'), facts, NOW);
  expect(path).toBe(join(folder, 'reports', 'hang-20260102T030405678Z-RUN.json'));
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  const text = await readFile(path, 'utf8');
  return { ...(JSON.parse(text) as { summary: string; stack: string[] }), text };
}

describe('the report of a hang', () => {
  it('says where the code is, since when, and what was heard last', async () => {
    const { text } = await report([frame('spin'), frame('run')]);
    expect(JSON.parse(text)).toMatchObject({
      kind: 'hang',
      runId: 'RUN',
      at: NOW.toISOString(),
      silentMs: 1_235,
      summary: 'in spin (file:///bot/x.js:1)',
      stack: ['at spin (file:///bot/x.js:1:2)', 'at run (file:///bot/x.js:1:2)'],
      heartbeats: [{ type: 'heartbeat', seq: 1 }],
    });
  });

  it('keeps the two ends of a stack without end, and the beginning of an address that is code', async () => {
    const deep = Array.from({ length: 10_000 }, (_, n) => frame(`f${n}`));
    const { stack } = await report([frame('top', `data:text/javascript,${'x'.repeat(5_000)}`), ...deep]);
    expect(stack).toHaveLength(201);
    expect(stack[0]).toHaveLength(401);
    expect([stack[149], stack[150], stack[151], stack.at(-1)]).toEqual([
      'at f148 (file:///bot/x.js:1:2)',
      '… 9801 frames',
      'at f9950 (file:///bot/x.js:1:2)',
      'at f9999 (file:///bot/x.js:1:2)',
    ]);
  });

  it('holds no secret, whatever functions and files are called', async () => {
    const { text, summary } = await report([frame('correct-horse-battery', 'http://me:s3cret@host/x.js')]);
    expect(text).not.toMatch(/correct-horse|s3cret/);
    expect(summary).toBe(`in ${REDACTED} (http://me:${REDACTED}@host/x.js:1)`);
  });

  it('says why there is no stack', async () => {
    facts = { ...facts, inspectorAddress: () => Promise.reject(new Error('no answer to correct-horse-battery')) };
    const { summary, stack } = await report([]);
    expect([summary, stack]).toEqual([`no JavaScript stack could be taken: no answer to ${REDACTED}`, []]);
  });

  it('says so when what listens there is no inspector, and does not end the supervisor over it', async () => {
    inspector.removeAllListeners('connection');
    inspector.on('connection', (socket) => socket.send('220 mail.example.org ESMTP'));
    const { summary } = await report([]);
    expect(summary).toBe('no JavaScript stack could be taken: The inspector did not answer as one does');
  });
});
