import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type UnitFacts, unitFile, unmanagedFolders } from '../../../../supervisor/systemd/unit-file.js';

/** What the README tells people to make. */
const example: UnitFacts = {
  node: '/usr/bin/node',
  installDir: '/opt/tux',
  user: 'tux',
  stateDir: '/var/lib/tux',
  logDir: '/var/log/tux',
  envFile: '/etc/tux.env',
  stopTimeoutMs: 25_000,
};

/** The lines of a unit for these facts that begin with `name=`. */
function linesOf(name: string, facts: Partial<UnitFacts>): string[] {
  const lines = unitFile({ ...example, ...facts }).split('\n');
  return lines.filter((line) => line.startsWith(`${name}=`));
}

describe('the unit', () => {
  it('in deploy/tux.service is the one for /opt/tux (else: npx tux-supervisor systemd print, and correct the paths)', () => {
    expect(readFileSync(resolve(import.meta.dirname, '../../../../deploy/tux.service'), 'utf8')).toBe(
      unitFile(example),
    );
  });

  it('runs node itself, by absolute paths, and lets the supervisor read its settings', () => {
    const facts = { node: '/opt/node/bin/node', installDir: '/srv/tux', envFile: '/srv/tux.env' };
    expect(linesOf('ExecStart', facts)).toEqual([
      'ExecStart=/opt/node/bin/node /srv/tux/dist/supervisor/main.js start',
    ]);
    expect(linesOf('ExecReload', facts)).toEqual([
      'ExecReload=/opt/node/bin/node /srv/tux/dist/supervisor/main.js reload',
    ]);
    expect(linesOf('Environment', facts)).toContain('Environment=TUX_ENV_FILE=/srv/tux.env');
  });

  it('gives a stop more time than the supervisor takes to end a worker that does not want to', () => {
    expect(linesOf('TimeoutStopSec', { stopTimeoutMs: 25_000 })).toEqual(['TimeoutStopSec=40']);
    expect(linesOf('TimeoutStopSec', { stopTimeoutMs: 90_500 })).toEqual(['TimeoutStopSec=106']);
  });

  it('lets systemd make the folders where it makes folders, and takes others as they are', () => {
    expect(linesOf('StateDirectory', { stateDir: '/var/lib/bots/tux' })).toEqual(['StateDirectory=bots/tux']);
    expect(linesOf('LogsDirectory', {})).toEqual(['LogsDirectory=tux']);
    expect(linesOf('ReadWritePaths', {})).toEqual([]);
    const elsewhere = { stateDir: '/srv/state', logDir: '/var/lib/tux/logs' };
    expect(linesOf('ReadWritePaths', elsewhere)).toEqual([
      'ReadWritePaths=/srv/state',
      'ReadWritePaths=/var/lib/tux/logs',
    ]);
    expect(linesOf('StateDirectory', elsewhere)).toEqual([]);
    expect(unmanagedFolders({ ...example, ...elsewhere })).toEqual(['/srv/state', '/var/lib/tux/logs']);
    expect(unmanagedFolders(example)).toEqual([]);
    expect(unmanagedFolders({ ...example, stateDir: '/var/lib' })).toEqual(['/var/lib']);
  });

  it.each([
    ['nothing of Tux is there', {}, 'yes'],
    ['the checkout is there', { installDir: '/home/me/tux' }, 'read-only'],
    ['Node is there', { node: '/root/.nvm/versions/node/v20/bin/node' }, 'read-only'],
    ['the state is there', { stateDir: '/home/tux' }, 'read-only'],
    ['only a name is similar', { installDir: '/homestead/tux' }, 'yes'],
  ])('hides the homes of people as far as it can: %s', (_, facts, wanted) => {
    expect(linesOf('ProtectHome', facts)).toEqual([`ProtectHome=${wanted}`]);
  });

  it('quotes what systemd would take apart or replace', () => {
    const facts = { node: '/opt/my node/100%/$x/"q"\\', stateDir: '/srv/my %h', installDir: '/opt/tux' };
    const quoted = '"/opt/my node/100%%/$$x/\\"q\\"\\\\"';
    expect(linesOf('ExecStart', facts)).toEqual([`ExecStart=${quoted} /opt/tux/dist/supervisor/main.js start`]);
    expect(linesOf('ReadWritePaths', facts)).toEqual(['ReadWritePaths="/srv/my %%h"']);
    expect(linesOf('WorkingDirectory', facts)).toEqual(['WorkingDirectory=/srv/my %%h']);
    expect(linesOf('Environment', facts)).toContain('Environment="TUX_STATE_DIR=/srv/my %%h"');
  });

  it('leaves V8 what it needs', () => {
    expect(unitFile(example)).not.toContain('MemoryDenyWriteExecute');
  });
});
