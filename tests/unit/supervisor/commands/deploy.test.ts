import { describe, expect, it } from 'vitest';
import type { DeployResult } from '../../../../shared/control/deploy-result.js';
import { packageRoot } from '../../../../shared/package.js';
import { deploy, exitCodeOfDeploy, formatDeploy } from '../../../../supervisor/commands/deploy.js';
import { fakeStatus } from '../../../support/fake-status.js';

const build = { root: '/opt/tux/v2', version: '2.0.0', fingerprint: 'aaaabbbbcccc' };
const previous = { root: '/opt/tux/v1', version: '1.0.0', fingerprint: '111122223333' };
const deployed: DeployResult = {
  outcome: 'deployed',
  build,
  previous,
  problems: [],
  preflightMs: 2_345,
  swapMs: 321,
  runId: 'RUN',
  pid: 12,
};

describe('tux-supervisor deploy', () => {
  it('says what came of it, and ends with 78 for a build that is no good', () => {
    expect(formatDeploy(deployed)).toContain(
      '✅ 2.0.0 (aaaabbbb) in /opt/tux/v2 serves, pid 12: looked at for 2.3 s, ready 0.3 s',
    );
    expect(exitCodeOfDeploy(deployed)).toBe(0);
    const refused: DeployResult = { ...deployed, outcome: 'refused', problems: ['cog fun: kaput', 'no database'] };
    expect(formatDeploy(refused).split('\n')).toEqual([
      '❌ 2.0.0 (aaaabbbb) in /opt/tux/v2 does not take over, as it is no good:',
      '   cog fun: kaput',
      '   no database',
      '1.0.0 (11112222) in /opt/tux/v1 serves on, and has not noticed. Put it right and deploy again',
    ]);
    expect(exitCodeOfDeploy(refused)).toBe(78);
    const back: DeployResult = { ...deployed, outcome: 'swapped-back', problems: ['exit code 1'] };
    expect(formatDeploy(back)).toContain('1.0.0 (11112222) in /opt/tux/v1 takes over again');
    expect(exitCodeOfDeploy(back)).toBe(1);
    const unchanged: DeployResult = { ...deployed, outcome: 'unchanged' };
    expect(formatDeploy(unchanged)).toContain('serves already');
    expect(exitCodeOfDeploy(unchanged)).toBe(0);
  });

  it('deploys the build that it belongs to unless told another, by its absolute path', async () => {
    const asked: unknown[] = [];
    const client = {
      deploy: async (body: unknown) => {
        asked.push(body);
        return deployed;
      },
      status: async () => fakeStatus(),
    };
    await deploy(client, { folder: undefined, force: false, progress: null });
    await deploy(client, { folder: '/opt/tux/../tux/v2', force: true, progress: null });
    expect(asked).toEqual([
      { by: 'tux-supervisor deploy', root: packageRoot(), force: false },
      { by: 'tux-supervisor deploy', root: '/opt/tux/v2', force: true },
    ]);
  });

  it('shows on a terminal how far it is, and leaves nothing of that', async () => {
    const shown: string[] = [];
    let finish: (result: DeployResult) => void = () => {};
    const stages = ['preflight', 'swap', 'watched'] as const;
    let looks = 0;
    const client = {
      deploy: () =>
        new Promise<DeployResult>((resolve) => {
          finish = resolve;
        }),
      status: async () => {
        const stage = stages[looks];
        looks += 1;
        if (stage === undefined) finish(deployed);
        return fakeStatus({ deploy: stage ? { stage, build, since: '2026-01-01T00:00:00.000Z' } : null });
      },
    };
    const progress = { write: (text: string) => void shown.push(text) };
    await deploy(client, { folder: '/opt/tux/v2', force: false, progress });
    expect(shown.join('').split('\r\x1b[K')).toEqual([
      '',
      '🔧 Looking at the new build …',
      '🔧 Swapping …',
      '🔧 Ready',
      '',
    ]);
  });
});
