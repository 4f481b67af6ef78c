import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { cogEntries } from '../../bot/cogs/index.js';
import { CogRig } from '../support/cog-rig.js';

let rig: CogRig;
beforeAll(async () => {
  rig = await CogRig.create(cogEntries.filter(({ name }) => name === 'info'));
}, 60_000);
afterAll(() => rig.dispose());

describe('the way of every message', () => {
  it('asks the database for the prefix of a guild once, and not for each message', async () => {
    const reads = vi.spyOn(rig.database.guildConfig, 'getById');
    await rig.say('$ping');
    expect(reads).toHaveBeenCalledTimes(1);
    for (let n = 0; n < 100; n += 1) {
      rig.sandbox.actors.say({ text: `message ${n}`, as: n % 2 === 0 ? 'alice' : 'bob', channel: 'general' });
    }
    expect((await rig.say('$ping', { as: 'alice' })).content).toMatch(/Pong/); // behind all of them
    expect(reads).toHaveBeenCalledTimes(1);
  });
});
