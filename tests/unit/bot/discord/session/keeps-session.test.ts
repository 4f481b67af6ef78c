import { describe, expect, it } from 'vitest';
import { keepsSession } from '../../../../../bot/discord/session/keeps-session.js';
import { ExitCode } from '../../../../../shared/exit-codes.js';
import type { ShutdownReason } from '../../../../../shared/ipc-protocol.js';

describe('the session is left to the next worker', () => {
  it.each<[string, ShutdownReason['kind'], ExitCode, string?]>([
    ['a restart that somebody asked for', 'command', ExitCode.RESTART],
    ['a restart by the supervisor', 'supervisor', ExitCode.RESTART],
    ['an error that ended the worker', 'fatal', ExitCode.SOFTWARE],
    ['a start that failed', 'start-failed', ExitCode.UNAVAILABLE],
    ['a supervisor that died', 'supervisor-gone', ExitCode.OK],
    ['systemd that stops for an upgrade', 'signal', ExitCode.OK, 'SIGTERM'],
  ])('by %s', (_what, kind, code, signal) =>
    expect(keepsSession({ kind, ...(signal && { signal }) }, code)).toBe(true),
  );
});

describe('the session is ended', () => {
  it.each<[string, ShutdownReason['kind'], ExitCode, string?]>([
    ['tux-supervisor stop', 'supervisor', ExitCode.OK],
    ['$admin shutdown', 'command', ExitCode.OK],
    ['Ctrl-C', 'signal', ExitCode.OK, 'SIGINT'],
    ['what a human has to mend', 'fatal', ExitCode.CONFIG],
    ['another owner of the lock', 'fatal', ExitCode.LOCKED],
  ])('by %s', (_what, kind, code, signal) =>
    expect(keepsSession({ kind, ...(signal && { signal }) }, code)).toBe(false),
  );
});
