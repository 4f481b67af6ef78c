import { beforeEach, describe, expect, it } from 'vitest';
import { type EarnedGain, EarnedXp, MAX_RESTING, MAX_WAITING } from '../../../../../bot/cogs/levels/earned-xp.js';

const START = Date.UTC(2026, 0, 1);

function gain(userId: string, seconds: number, guildId = 'g'): EarnedGain {
  const at = new Date(START + seconds * 1_000);
  return { guildId, channelId: 'c', userId, eventId: `${userId}@${seconds}`, amount: 20, at };
}

describe('EarnedXp', () => {
  let earned: EarnedXp;
  beforeEach(() => {
    earned = new EarnedXp();
  });

  it('lets a member earn once a minute, in each guild on its own', () => {
    expect(earned.add(gain('alice', 0))).toBe(true);
    expect(earned.add(gain('alice', 59.999))).toBe(false);
    expect(earned.add(gain('alice', 10, 'other'))).toBe(true);
    expect(earned.add(gain('alice', 60))).toBe(true);
    expect(earned.takeAll().map(({ eventId }) => eventId)).toEqual(['alice@0', 'alice@10', 'alice@60']);
  });

  it('gives nothing for a message from before the last one that earned', () => {
    earned.add(gain('alice', 100));
    expect(earned.add(gain('alice', 0))).toBe(false);
    expect(earned.add(gain('alice', 100))).toBe(false);
  });

  it('forgets members whose minute is over', () => {
    for (let second = 0; second < 600; second += 1) earned.add(gain(`user ${second}`, second));
    expect(earned.resting).toBe(60);
  });

  it('remembers no more members than it has room for: the longest ago are left to the database', () => {
    for (let user = 0; user < MAX_RESTING + 500; user += 1) {
      earned.add(gain(String(user), user / 1_000));
      earned.takeAll();
    }
    expect(earned.resting).toBe(MAX_RESTING);
    expect(earned.isResting({ guildId: 'g', userId: '499' }, new Date(START + 12_000))).toBe(false);
    expect(earned.isResting({ guildId: 'g', userId: '500' }, new Date(START + 12_000))).toBe(true);
  });

  it('lets no more gains wait than it has room for', () => {
    for (let user = 0; user < MAX_WAITING; user += 1) expect(earned.add(gain(String(user), 0))).toBe(true);
    expect(earned.add(gain('late', 0))).toBe(false);
    const taken = earned.takeAll();
    expect(earned.add(gain('later', 0))).toBe(true);
    earned.putBack(taken);
    expect(earned.waiting).toBe(MAX_WAITING);
    expect(earned.takeAll()).toEqual(taken);
  });

  it('lets go of who waits for a gain that is dropped as there is no room for it any more', async () => {
    for (let user = 0; user < MAX_WAITING; user += 1) earned.add(gain(String(user), 0));
    const taken = earned.takeAll();
    const later = gain('later', 0);
    earned.add(later);
    const settled = earned.whenSettled(later);
    earned.putBack(taken);
    await settled;
  });

  it('takes back what could not be stored, in its order', () => {
    earned.add(gain('alice', 0));
    const taken = earned.takeAll();
    earned.add(gain('bob', 1));
    earned.putBack(taken);
    expect(earned.takeAll().map(({ userId }) => userId)).toEqual(['alice', 'bob']);
    expect(earned.waiting).toBe(0);
  });

  it('goes by what the database knows about the last time', () => {
    earned.add(gain('alice', 30));
    earned.rest({ guildId: 'g', userId: 'alice' }, new Date(START));
    expect(earned.isResting({ guildId: 'g', userId: 'alice' }, new Date(START + 59_000))).toBe(true);
    expect(earned.isResting({ guildId: 'g', userId: 'alice' }, new Date(START + 60_000))).toBe(false);
  });

  it('wakes who waits for a gain, or for the end', async () => {
    const never = new AbortController().signal;
    const waiting = earned.whenWaiting(never);
    earned.add(gain('alice', 0));
    await waiting;
    await earned.whenWaiting(never);
    earned.takeAll();
    const end = new AbortController();
    const ended = earned.whenWaiting(end.signal);
    end.abort();
    await ended;
  });

  it('says when a gain has become what it will be', async () => {
    const settled: string[] = [];
    const gains = [gain('alice', 0), gain('bob', 0)];
    for (const one of gains) {
      earned.add(one);
      void earned.whenSettled(one).then(() => settled.push(one.userId));
    }
    earned.settle(gains.slice(1));
    await Promise.resolve();
    expect(settled).toEqual(['bob']);
    earned.settle(gains);
    await Promise.resolve();
    expect(settled).toEqual(['bob', 'alice']);
  });
});
