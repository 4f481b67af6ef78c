import { describe, expect, it } from 'vitest';
import { type CheckDeps, findInstallProblems } from '../../../../supervisor/systemd/install-checks.js';
import type { UnitFacts } from '../../../../supervisor/systemd/unit-file.js';

const facts: UnitFacts = {
  node: '/usr/bin/node',
  installDir: '/opt/tux',
  user: 'tux',
  stateDir: '/var/lib/tux',
  logDir: '/var/log/tux',
  envFile: '/etc/tux.env',
  stopTimeoutMs: 25_000,
};

/** A machine on which these commands fail. */
function machine(...failing: RegExp[]): CheckDeps & { readonly commands: string[] } {
  const commands: string[] = [];
  return {
    commands,
    succeeds: async (...words) => {
      const command = words.join(' ');
      commands.push(command);
      return !failing.some((pattern) => pattern.test(command));
    },
    exists: () => true,
    isRoot: true,
  };
}

async function problemsOf(deps: CheckDeps, more: Partial<UnitFacts> = {}): Promise<string[]> {
  return (await findInstallProblems({ ...facts, ...more }, deps)).map(({ problem, fix }) => `${problem}: ${fix}`);
}

describe('the checks before a unit is installed', () => {
  it('find nothing on a machine that is prepared', async () => {
    const deps = machine();
    expect(await problemsOf(deps)).toEqual([]);
    expect(deps.commands).toEqual([
      'id -- tux',
      'runuser -u tux -- test -x /usr/bin/node',
      'runuser -u tux -- test -r /opt/tux/dist/supervisor/main.js',
      'runuser -u tux -- test -r /etc/tux.env',
    ]);
  });

  it('say how to make the user, and look no further', async () => {
    expect(await problemsOf(machine(/^id/, /runuser/))).toEqual([
      'there is no user tux: useradd --system --user-group --home-dir /var/lib/tux --no-create-home --shell /usr/sbin/nologin tux',
    ]);
  });

  it('name everything that the user may not read or run, each with its fix', async () => {
    expect(await problemsOf(machine(/test -[xr]/))).toEqual([
      expect.stringMatching(/^tux may not run \/usr\/bin\/node: install a Node/),
      expect.stringMatching(/^tux may not read \/opt\/tux: .*namei -l \/opt\/tux/),
      'tux may not read /etc/tux.env: chgrp tux /etc/tux.env && chmod 0640 /etc/tux.env',
    ]);
  });

  it('do not mind settings that are not there yet', async () => {
    expect(await problemsOf({ ...machine(/tux\.env/), exists: () => false })).toEqual([]);
  });

  it('ask for folders that systemd does not make', async () => {
    expect(await problemsOf(machine(/test -w/), { stateDir: '/srv/tux' })).toEqual([
      'tux has no folder /srv/tux to write to: install -d -m 0700 -o tux /srv/tux',
    ]);
  });

  it('leave out what only root can try', async () => {
    const deps = { ...machine(/runuser/), isRoot: false };
    expect(await problemsOf(deps)).toEqual([]);
    expect(deps.commands).toEqual(['id -- tux']);
  });
});
