import { describe, expect, it } from 'vitest';
import { judgeMemory, type MemoryFacts, memoryCheck } from '../../../../../supervisor/doctor/checks/memory.js';
import { doctorContext, noSignal } from '../../../../support/doctor-context.js';

const MB = 1_000_000;
const facts: MemoryFacts = {
  availableBytes: 2_000 * MB,
  totalBytes: 4_000 * MB,
  limitBytes: null,
  headroomBytes: null,
  standby: 'auto',
  isStandbyThere: false,
  isRunning: false,
  isEmbedded: true,
};

describe('memory', () => {
  it.each<[string, Partial<MemoryFacts>, string]>([
    ['enough', {}, 'ok'],
    ['too little for Tux with its own database', { availableBytes: 500 * MB }, 'warn'],
    ['enough for Tux without one', { availableBytes: 500 * MB, isEmbedded: false }, 'ok'],
    ['enough for Tux that runs already', { availableBytes: 150 * MB, isRunning: true }, 'ok'],
    ['too little for Tux that runs already', { availableBytes: 90 * MB, isRunning: true }, 'warn'],
    ['nothing', { availableBytes: 10 * MB, isRunning: true }, 'fail'],
    ['a limit that is too low', { limitBytes: 256 * MB }, 'warn'],
    ['a limit that is high enough', { limitBytes: 1_000 * MB }, 'ok'],
  ])('is %s', (_what, more, status) => {
    expect(judgeMemory({ ...facts, ...more }).status).toBe(status);
  });

  it.each<[string, Partial<MemoryFacts>, string, RegExp]>([
    ['with room for a standby', { standby: 'on', isRunning: true }, 'ok', /no limit$/],
    ['that leaves none for one', { availableBytes: 400 * MB, isRunning: true }, 'ok', /too little for a standby/],
    [
      'that leaves none, once Tux has its own',
      { availableBytes: 1_000 * MB, isRunning: false },
      'ok',
      /too little for a standby/,
    ],
    [
      'that the control group does not give to one',
      { headroomBytes: 200 * MB, limitBytes: 900 * MB, isRunning: true },
      'ok',
      /too little for a standby/,
    ],
    ['with one that is there', { availableBytes: 130 * MB, isRunning: true, isStandbyThere: true }, 'ok', /no limit$/],
    [
      'that is too little for the one that is wanted',
      { standby: 'on', availableBytes: 400 * MB, isRunning: true },
      'warn',
      /./,
    ],
    ['where none is wanted', { standby: 'off', availableBytes: 400 * MB, isRunning: true }, 'ok', /no limit$/],
  ])('says of memory %s', (_what, more, status, summary) => {
    expect(judgeMemory({ ...facts, ...more })).toMatchObject({ status, summary: expect.stringMatching(summary) });
  });

  it('names the limit', () => {
    expect(judgeMemory({ ...facts, limitBytes: 256 * MB })).toEqual({
      status: 'warn',
      summary: '2.00 GB of 4.00 GB available, limit 256.0 MB: Tux takes about 600.0 MB',
      fix: 'raise the limit, of a service with systemctl edit tux: MemoryMax=',
    });
  });

  it('is read from this machine', async () => {
    expect(await memoryCheck.run(doctorContext('/srv'), noSignal)).toMatchObject({
      summary: expect.stringMatching(/^\d[\d.]* [kMG]B of \d[\d.]* [kMG]B available, /),
    });
  });
});
