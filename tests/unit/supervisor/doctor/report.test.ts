import { describe, expect, it } from 'vitest';
import { type Finding, fail, ok, quoted, skipped, warn } from '../../../../supervisor/doctor/check.js';
import {
  countFindings,
  exitCodeOfReports,
  formatCounts,
  formatReport,
  nameWidth,
} from '../../../../supervisor/doctor/report.js';

const report = (name: string, ...findings: Finding[]) => ({ name, findings });

describe('the report for people', () => {
  it('has a line for each finding, and what to do below it', () => {
    const width = nameWidth(['Node', 'state folder']);
    expect(formatReport(report('Node', ok('20.20.2')), width, 80)).toBe('✅ Node          20.20.2');
    expect(formatReport(report('disk', skipped('not here')), width, 80)).toBe('–  disk          not here');
    const two = report('state folder', warn('open', 'chmod 700 /srv'), fail('full', 'rm /srv/x'));
    expect(formatReport(two, width, 80).split('\n')).toEqual([
      '⚠️  state folder  open',
      '                 → chmod 700 /srv',
      '❌               full',
      '                 → rm /srv/x',
    ]);
  });

  it('breaks long lines at the width of the terminal, and never what is to be copied', () => {
    const fix = `chmod 600 ${'/srv/tux/state/file '.repeat(10)}`;
    const lines = formatReport(report('token', fail('word '.repeat(30).trim(), fix)), 5, 60).split('\n');
    expect(lines.at(-1)).toBe(`          → ${fix}`);
    expect(Math.max(...lines.slice(0, -1).map((line) => line.length))).toBeLessThanOrEqual(60);
    expect(lines.length).toBeGreaterThan(3);
    const unbroken = formatReport(report('token', ok('word '.repeat(30).trim())), 5, Number.POSITIVE_INFINITY);
    expect(unbroken.split('\n')).toHaveLength(1);
  });

  it('counts what it found', () => {
    const counts = countFindings([
      report('a', ok('x'), warn('y', 'z')),
      report('b', skipped('x')),
      report('c', ok('x')),
    ]);
    expect(counts).toEqual({ ok: 2, warn: 1, fail: 0, skipped: 1 });
    expect(formatCounts(counts)).toBe('2 ok, 1 warning, 1 skipped');
    expect(formatCounts({ ok: 3, warn: 2, fail: 1, skipped: 0 })).toBe('3 ok, 2 warnings, 1 failure');
  });
});

describe('the exit code', () => {
  it.each<[number, string, Finding[]]>([
    [0, 'when all is well or was not looked at', [ok('x'), skipped('x')]],
    [0, 'with warnings', [warn('x', 'y')]],
    [1, 'when something fails', [ok('x'), fail('x', 'y')]],
  ])('is %i %s', (code, _when, findings) => {
    expect(exitCodeOfReports([report('disk', ...findings), report('Node', ok('x'))])).toBe(code);
  });

  it('is 78 when the configuration is not valid, whatever else fails', () => {
    const failures = [report('disk', fail('x', 'y')), report('configuration', warn('x', 'y'), fail('x', 'y'))];
    expect(exitCodeOfReports(failures)).toBe(78);
    expect(exitCodeOfReports([report('configuration', warn('x', 'y'))])).toBe(0);
  });
});

describe('a word of a command', () => {
  it.each([
    ['/srv/tux', '/srv/tux'],
    ['/srv/my tux', `'/srv/my tux'`],
    ["it's", `'it'\\''s'`],
    ['', `''`],
    ['$HOME', `'$HOME'`],
  ])('%j is typed as %s', (word, typed) => {
    expect(quoted(word)).toBe(typed);
  });
});
