import { Command } from 'commander';
import { Events, type GuildMember, type Message } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { addSandboxCommands } from '../../../sandbox/cli/commands.js';
import { SANDBOX_IDS } from '../../../sandbox/index.js';
import { withBot } from './bot.js';

const { users, channels } = SANDBOX_IDS;

/** Runs `tux sandbox …` in this process and gives what it printed. */
async function tux(controlUrl: string, ...args: string[]): Promise<string> {
  const output: string[] = [];
  const program = new Command('tux').exitOverride().configureOutput({ writeErr: () => {} });
  addSandboxCommands(program, { findControlUrl: async () => controlUrl, write: (text) => void output.push(text) });
  await program.parseAsync(['sandbox', ...args], { from: 'user' });
  return output.join('');
}

describe('people of the sandbox', () => {
  it('edit and delete their messages, and the bot hears of it', async () => {
    await withBot(async ({ sandbox, client }) => {
      const { actors, controlUrl } = sandbox;
      const heard = new Promise<Message>((resolve) => client.once(Events.MessageCreate, resolve));
      const { id } = actors.say({ as: 'alice', text: 'helo' });
      await heard;
      const edited = new Promise<string[]>((resolve) =>
        client.once(Events.MessageUpdate, (before, after) => resolve([before.content ?? '', after.content])),
      );
      expect(await tux(controlUrl, 'edit', 'hello', '--as', 'alice')).toBe('✅ edited\n');
      expect(await edited).toEqual(['helo', 'hello']);
      await expect(tux(controlUrl, 'edit', 'mine', '--as', 'bob', '--message', id)).rejects.toThrow('did not write');
      await expect(tux(controlUrl, 'delete', '--as', 'bob', '--message', id)).rejects.toThrow('may not delete');
      await expect(tux(controlUrl, 'delete', '--as', 'bob')).rejects.toThrow('bob has written nothing in general');
      const deleted = new Promise<string>((resolve) =>
        client.once(Events.MessageDelete, (message) => resolve(message.id)),
      );
      expect(await tux(controlUrl, 'delete', '--as', 'moderator', '--message', id)).toBe('✅ deleted\n');
      expect(await deleted).toBe(id);
      expect(sandbox.world.messages.list(channels.general)).toEqual([]);
      expect(() => actors.delete({ messageId: id })).toThrow(`There is no message ${id}`);
    });
  });

  it('leave and join', async () => {
    await withBot(async ({ sandbox, client }) => {
      const { actors, controlUrl } = sandbox;
      expect(() => actors.join({ as: 'bob' })).toThrow('bob is a member of Tux Sandbox already');
      expect(await tux(controlUrl, 'leave', '--as', 'bob')).toBe('✅ bob left\n');
      expect(() => actors.leave({ as: 'bob' })).toThrow('bob is not a member of Tux Sandbox');
      expect(() => actors.leave({})).toThrow('owner owns Tux Sandbox');
      const joined = new Promise<GuildMember>((resolve) => client.once(Events.GuildMemberAdd, resolve));
      expect(await tux(controlUrl, 'join', '--as', 'bob')).toBe('✅ bob joined\n');
      expect((await joined).id).toBe(users.bob);
      actors.leave({ as: 'bob' });
      sandbox.world.members.ban(SANDBOX_IDS.guild, users.bob, null);
      expect(() => actors.join({ as: 'bob' })).toThrow('bob is banned');
    });
  });
});
