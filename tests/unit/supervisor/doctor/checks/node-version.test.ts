import { describe, expect, it } from 'vitest';
import { judgeNode, nodeVersionCheck } from '../../../../../supervisor/doctor/checks/node-version.js';
import { doctorContext, noSignal } from '../../../../support/doctor-context.js';

describe('the version of Node', () => {
  it.each([
    ['20.19.0', 'ok'],
    ['20.20.2', 'ok'],
    ['22.0.0', 'ok'],
    ['20.18.3', 'fail'],
    ['18.99.0', 'fail'],
    ['9.0.0', 'fail'],
  ])('%s is %s', (version, status) => {
    expect(judgeNode(version, '>=20.19').status).toBe(status);
  });

  it('is compared with what package.json asks for', () => {
    expect(nodeVersionCheck.run(doctorContext('/srv'), noSignal)).toMatchObject({
      status: 'ok',
      summary: expect.stringContaining(process.versions.node),
    });
  });
});
