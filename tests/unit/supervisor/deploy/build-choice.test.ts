import { mkdtemp, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BuildChoice } from '../../../../supervisor/deploy/build-choice.js';
import { isSameBuild, readBuild } from '../../../../supervisor/deploy/read-build.js';
import type { Deployed } from '../../../../supervisor/supervisor-state.js';
import { writeBuildMarks } from '../../../support/builds.js';
import { recordingLogger } from '../../../support/framework-fakes.js';

let folder: string;
let logger: ReturnType<typeof recordingLogger>;
let deployed: Deployed | null;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'tux-choice-')));
  logger = recordingLogger();
  deployed = null;
  await Promise.all([makeBuild('v1', '1.0.0'), makeBuild('v2', '2.0.0')]);
});
afterEach(() => rm(folder, { recursive: true }));

const makeBuild = (name: string, version: string) => writeBuildMarks(join(folder, name), version);

const at = (name: string) => join(folder, name);

/** Of a supervisor that is started from there. */
function choiceOf(name: string): BuildChoice {
  const state = {
    get deployed() {
      return deployed;
    },
    async saveDeployed(next: Deployed | null) {
      deployed = next;
    },
  };
  return new BuildChoice({ ownRoot: at(name), state, log: logger.log });
}

describe('which build workers are started from', () => {
  it('is the one of the supervisor until another is deployed, which a restart of the supervisor does not change', async () => {
    const choice = choiceOf('v1');
    expect(choice.program).toBe(join(at('v1'), 'dist/bot/main.js'));
    await choice.choose(readBuild(at('v2')));
    expect(choice.root).toBe(at('v2'));
    expect(choiceOf('v1').root).toBe(at('v2'));
    expect(logger.events()).toEqual(['deploy:remembered']);
  });

  it('is its own again when the supervisor is started from another folder, when that is deployed, or when the other is gone', async () => {
    const choice = choiceOf('v1');
    await choice.choose(readBuild(at('v2')));
    await makeBuild('v3', '3.0.0');
    expect(choiceOf('v3').root).toBe(at('v3'));
    await rename(at('v2'), at('gone'));
    expect(choiceOf('v1').root).toBe(at('v1'));
    expect(logger.events()).toEqual(['deploy:own-build', 'deploy:gone']);
    await choice.choose(readBuild(at('v1')));
    expect(deployed).toBeNull();
  });

  it('knows whether what is on disk is what serves, and what has failed', async () => {
    const choice = choiceOf('v1');
    expect(choice.isCurrent()).toBe(true);
    choice.noteSpawned();
    expect(choice.active?.version).toBe('1.0.0');
    expect(choice.isCurrent()).toBe(true);
    await writeFile(join(at('v1'), 'dist/bot/main.js'), 'changed');
    expect(choice.isCurrent()).toBe(false);
    const changed = choice.onDisk();
    expect(choice.hasFailed(changed)).toBe(false);
    choice.noteFailed(changed);
    expect(choice.hasFailed(changed)).toBe(true);
    expect(choice.hasFailed(readBuild(at('v2')))).toBe(false);
    await rm(at('v1'), { recursive: true });
    expect(choice.isCurrent()).toBe(false);
  });
});

describe('reading a build', () => {
  it('follows links, as they may point elsewhere tomorrow', async () => {
    await symlink(at('v2'), at('current'));
    const build = readBuild(at('current'));
    expect(build).toMatchObject({ root: at('v2'), version: '2.0.0' });
    expect(isSameBuild(build, readBuild(at('v2')))).toBe(true);
    await writeFile(join(at('v2'), 'package-lock.json'), '{}');
    expect(isSameBuild(build, readBuild(at('v2')))).toBe(false);
  });

  it('refuses a folder that is none, is not compiled, or holds something else', async () => {
    expect(() => readBuild(at('nowhere'))).toThrow(expect.objectContaining({ code: 'TUX_NO_BUILD', exitCode: 64 }));
    await rm(join(at('v1'), 'dist'), { recursive: true });
    expect(() => readBuild(at('v1'))).toThrow('dist/bot/main.js is missing');
    await writeFile(join(at('v2'), 'package.json'), '{ "name": "left-pad" }');
    expect(() => readBuild(at('v2'))).toThrow("its package.json is of 'left-pad'");
  });
});
