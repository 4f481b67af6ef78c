import { defineCommand } from '../../framework/command.js';
import { booleanOption } from '../../framework/options.js';

/** `$dev emojis`: the application's emojis become the pictures in `assets/emojis`. */
export const emojisCommand = defineCommand({
  name: 'emojis',
  description: 'Syncs the emojis of the bot with its pictures.',
  ownerOnly: true,
  options: { renew: booleanOption({ description: 'Also those that are there already' }) },
  ephemeral: true,
  async run(ctx, { renew = false }) {
    const { created, kept } = await ctx.services.emojis.sync(ctx.signal, { renew });
    const { emojis } = ctx.services;
    await ctx.reply(
      `${emojis.get('tux_success')} ${created.length} created, ${kept} kept ${created.map((name) => emojis.get(name)).join(' ')}`.trimEnd(),
    );
  },
});
