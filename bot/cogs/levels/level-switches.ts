import type { Command } from '../../framework/command.js';
import { defineGuildCommand } from '../../framework/guild-command.js';
import { writeOnce } from '../../framework/once.js';
import { booleanOption } from '../../framework/options.js';

/** `$levels on`. */
export const levelsOnCommand = switchCommand({
  name: 'on',
  description: 'Lets members earn xp by talking.',
  isEnabled: true,
  answer: '✅ Members earn xp by talking.',
});

/** `$levels off`. */
export const levelsOffCommand = switchCommand({
  name: 'off',
  description: 'Stops members from earning xp; what they have is kept.',
  isEnabled: false,
  answer: '✅ Nobody earns xp any more. What members have is kept.',
});

/** `$levels announce off`. */
export const announceCommand = defineGuildCommand({
  name: 'announce',
  description: 'Says whether new levels are announced in the channel.',
  rank: 5,
  options: { enabled: booleanOption({ description: 'yes or no', required: true }) },
  async run(ctx, guild, { enabled }) {
    await writeOnce(ctx, (db) => db.guildConfig.updateLevels(guild.id, { levelUpsAnnounced: enabled }));
    await ctx.reply(enabled ? '✅ I announce new levels where they are reached.' : '✅ I keep new levels to myself.');
  },
});

interface Switch {
  readonly name: string;
  readonly description: string;
  readonly isEnabled: boolean;
  readonly answer: string;
}

function switchCommand({ name, description, isEnabled, answer }: Switch): Command {
  return defineGuildCommand({
    name,
    description,
    rank: 5,
    async run(ctx, guild) {
      await writeOnce(ctx, (db) => db.guildConfig.updateLevels(guild.id, { levelsEnabled: isEnabled }));
      await ctx.reply(answer);
    },
  });
}
