import type { Guild } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { standsAbove } from '../../../../bot/cogs/stands-above.js';
import type { CommandContext } from '../../../../bot/framework/command-context.js';

/** Who is in the server, by the position of their highest role. */
const positions: Readonly<Record<string, number>> = { founder: 0, admin: 9, mod: 5, colleague: 5, member: 1 };

const memberOf = (id: string) => {
  const position = positions[id];
  if (position === undefined) throw Object.assign(new Error('Unknown Member'), { status: 404, code: 10_007 });
  const comparePositionTo = (other: { position: number }) => position - other.position;
  return { id, roles: { highest: { position, comparePositionTo } } };
};

function isAbove(userId: string, author: string, isBotOwner = false): Promise<boolean> {
  const fetch = async (who: string | { user: string }) => memberOf(typeof who === 'string' ? who : who.user);
  const guild = { ownerId: 'founder', members: { fetch } } as unknown as Guild;
  const permissions = { authorityOf: () => (isBotOwner ? 'bot-owner' : null) };
  const ctx = { user: { id: author }, actor: {}, member: null, services: { permissions } };
  return standsAbove(ctx as unknown as CommandContext, guild, userId);
}

describe('who stands above somebody who uses a command', () => {
  it.each([
    ['a higher role', 'admin', 'mod', true],
    ['the owner of the server, whatever their roles', 'founder', 'admin', true],
    ['not the same role', 'colleague', 'mod', false],
    ['not a lower role', 'member', 'mod', false],
    ['not they themselves', 'mod', 'mod', false],
    ['not who has left', 'gone', 'member', false],
  ])('%s', async (_what, userId, author, expected) => {
    expect(await isAbove(userId, author)).toBe(expected);
  });

  it('is nobody for an owner of the bot', async () => {
    expect(await isAbove('founder', 'member', true)).toBe(false);
  });
});
