import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type UnitFacts, unmanagedFolders } from './unit-file.js';

/** Something that would keep the unit from running, and what to do about it. */
export interface InstallProblem {
  readonly problem: string;
  readonly fix: string;
}

/** How it is looked at; replaced in tests. */
export interface CheckDeps {
  /** Whether a command ends with 0. */
  readonly succeeds: (program: string, ...args: string[]) => Promise<boolean>;
  readonly exists: (path: string) => boolean;
  /** Only root can try what another user may do. */
  readonly isRoot: boolean;
}

const systemChecks: CheckDeps = {
  succeeds: (program, ...args) => new Promise((resolve) => execFile(program, args, (error) => resolve(error === null))),
  exists: existsSync,
  isRoot: process.getuid?.() === 0,
};

/** Everything that would keep the unit from starting, as far as it can be seen from here; empty when nothing would. */
export async function findInstallProblems(facts: UnitFacts, deps: CheckDeps = systemChecks): Promise<InstallProblem[]> {
  if (!(await deps.succeeds('id', '--', facts.user))) return [noSuchUser(facts)];
  if (!deps.isRoot) return [];
  const attempts = accessAttempts(facts, deps).map(async ({ may, path, ...found }) => {
    const isAllowed = await deps.succeeds('runuser', '-u', facts.user, '--', 'test', may, path);
    return isAllowed ? [] : [found];
  });
  return (await Promise.all(attempts)).flat();
}

interface AccessAttempt extends InstallProblem {
  /** For test(1). */
  readonly may: '-r' | '-w' | '-x';
  readonly path: string;
}

function accessAttempts(facts: UnitFacts, { exists }: CheckDeps): AccessAttempt[] {
  const { user, node, installDir, envFile } = facts;
  const attempts: AccessAttempt[] = [
    {
      may: '-x',
      path: node,
      problem: `${user} may not run ${node}`,
      fix: 'install a Node that everybody may run (not one in a home folder), and use that one for this command',
    },
    {
      may: '-r',
      path: `${installDir}/dist/supervisor/main.js`,
      problem: `${user} may not read ${installDir}`,
      fix: `see which folder is closed: namei -l ${installDir}; a good place is /opt/tux`,
    },
  ];
  if (exists(envFile)) {
    const fix = `chgrp ${user} ${envFile} && chmod 0640 ${envFile}`;
    attempts.push({ may: '-r', path: envFile, problem: `${user} may not read ${envFile}`, fix });
  }
  for (const path of unmanagedFolders(facts)) {
    const fix = `install -d -m 0700 -o ${user} ${path}`;
    attempts.push({ may: '-w', path, problem: `${user} has no folder ${path} to write to`, fix });
  }
  return attempts;
}

function noSuchUser({ user, stateDir }: UnitFacts): InstallProblem {
  return {
    problem: `there is no user ${user}`,
    fix: `useradd --system --user-group --home-dir ${stateDir} --no-create-home --shell /usr/sbin/nologin ${user}`,
  };
}
