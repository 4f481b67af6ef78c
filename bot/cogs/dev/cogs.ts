import { describeError } from '../../../shared/errors.js';
import type { CogStatus } from '../../framework/cog-manager.js';
import { type Command, defineCommand } from '../../framework/command.js';
import type { CommandContext } from '../../framework/command-context.js';
import { booleanOption, textOption } from '../../framework/options.js';
import { truncate } from '../../framework/outgoing-message.js';
import { UserError } from '../../framework/user-error.js';

const signs: Record<CogStatus['status'], string> = { loaded: '✅', failed: '❌', skipped: '⏭️', unloaded: '⏏️' };

/** `$dev cogs`: which are loaded, and why the others are not. */
export const cogsCommand = defineCommand({
  name: 'cogs',
  description: 'Lists the cogs.',
  ownerOnly: true,
  ephemeral: true,
  async run(ctx) {
    const lines = ctx.services.cogs.list().map(({ name, status, reason }) => {
      return `${signs[status]} ${name}: ${status}${reason ? ` (${truncate(reason, 100)})` : ''}`;
    });
    await ctx.reply(lines.join('\n'));
  },
});

/** `$dev load NAME`: from what is on disk now. */
export const loadCommand = change('load', 'Loads a cog.', async (ctx, name) => {
  const { cogs } = ctx.services;
  // A run that came after the command has loaded it at its start.
  const isThere = ctx.isReplayed && cogs.list().some((cog) => cog.name === name && cog.status === 'loaded');
  if (!isThere) await cogs.load(name);
});

/** `$dev unload NAME`: its commands are gone until it is loaded again. */
export const unloadCommand = change('unload', 'Takes a cog out of use.', async (ctx, name) => {
  if (name === 'dev') {
    throw new UserError('TUX_COG_KEPT', 'Without the cog `dev` nobody could load it again.', {
      hint: 'To be rid of it, unset TUX_DEV and restart.',
    });
  }
  await ctx.services.cogs.unload(name);
});

/** `$dev reload NAME`: replaced by what is on disk now; the old one stays when the new one does not work. */
export const reloadCommand = change('reload', 'Replaces a cog by what is on disk now.', (ctx, name) =>
  ctx.services.cogs.reload(name),
);

/** `$dev sync`: Discord gets to know the commands that are loaded now. */
export const syncCommand = defineCommand({
  name: 'sync',
  description: 'Registers the slash commands that are loaded now.',
  ownerOnly: true,
  options: { force: booleanOption({ description: 'Even when Discord seems to have them' }) },
  ephemeral: true,
  async run(ctx, { force = false }) {
    const outcome = await ctx.services.cogs.sync(force);
    await ctx.reply(outcome === 'registered' ? '✅ Registered.' : '✅ Discord has them already.');
  },
});

function change(
  name: 'load' | 'unload' | 'reload',
  description: string,
  work: (ctx: CommandContext, cog: string) => Promise<void>,
): Command {
  return defineCommand({
    name,
    description,
    ownerOnly: true,
    options: {
      cog: textOption({
        description: 'Its name',
        required: true,
        maxLength: 50,
        suggest: ({ services, typed }) =>
          services.cogs.list().flatMap((cog) => (cog.name.startsWith(typed) ? [cog.name] : [])),
      }),
    },
    ephemeral: true,
    async run(ctx, { cog }) {
      try {
        await work(ctx, cog);
      } catch (error) {
        if (error instanceof UserError) throw error;
        // Whoever works on a cog wants to see what is wrong with it, not an id.
        ctx.log.error({ event: `dev:${name}:failed`, err: error, cog }, `❌ ${name} of cog ${cog} failed`);
        await ctx.reply(`❌ ${truncate(describeError(error), 1_800)}`);
        return;
      }
      ctx.log.warn({ event: `dev:${name}`, cog }, `⚠️ ${name} of cog ${cog}`);
      await ctx.reply(`✅ ${cog}: ${name}ed.\nDiscord's list of slash commands changes with \`/dev sync\`.`);
    },
  });
}
