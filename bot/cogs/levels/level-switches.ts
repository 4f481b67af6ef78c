import { type Command, defineCommand } from '../../framework/command.js';
import { writeOnce } from '../../framework/once.js';
import { booleanOption } from '../../framework/options.js';
import { guildOnly } from '../../framework/precondition.js';

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
export const announceCommand = defineCommand({
  name: 'announce',
  description: 'Says whether new levels are announced in the channel.',
  rank: 5,
  options: { enabled: booleanOption({ description: 'yes or no', required: true }) },
  preconditions: [guildOnly()],
  async run(ctx, { enabled }) {
    const { guild } = ctx;
    if (guild === null) return; // guildOnly() has seen to it
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
  return defineCommand({
    name,
    description,
    rank: 5,
    preconditions: [guildOnly()],
    async run(ctx) {
      const { guild } = ctx;
      if (guild === null) return; // guildOnly() has seen to it
      await writeOnce(ctx, (db) => db.guildConfig.updateLevels(guild.id, { levelsEnabled: isEnabled }));
      await ctx.reply(answer);
    },
  });
}
