import { defineCommand } from '../../framework/command.js';
import { durationOption, textOption } from '../../framework/options.js';
import { truncate } from '../../framework/outgoing-message.js';
import { relativeTime } from '../../framework/timestamps.js';
import { UserError } from '../../framework/user-error.js';

const MIN_DELAY_MS = 1_000;
const MAX_DELAY_MS = 365 * 86_400_000;
const MAX_REMINDERS_PER_USER = 50;
/** Keeps a full list below the length of one message. */
const MAX_LISTED = 15;

/** `$remind 10m tea`, in full `$remind me 10m tea`. */
export const remindMeCommand = defineCommand({
  name: 'me',
  description: 'Reminds you after some time, e.g. 10m tea.',
  options: {
    when: durationOption({
      description: 'After how long: 10m, 1h30m, 2 days',
      required: true,
      minMs: MIN_DELAY_MS,
      maxMs: MAX_DELAY_MS,
    }),
    text: textOption({ description: 'What to remind you of', required: true, rest: true, maxLength: 1_500 }),
  },
  async run(ctx, { when, text }) {
    const { reminders, clock } = ctx.services;
    const eventKey = ctx.effectKey(0);
    const isNew = reminders.findByEvent(eventKey) === undefined;
    if (isNew && reminders.list(ctx.user.id).length >= MAX_REMINDERS_PER_USER) {
      throw new UserError('TUX_REMINDERS_FULL', `You have ${MAX_REMINDERS_PER_USER} reminders already.`, {
        hint: 'Cancel one first.',
      });
    }
    const reminder = await reminders.create({
      userId: ctx.user.id,
      channelId: ctx.channelId,
      ...(ctx.guild && { guildId: ctx.guild.id }),
      content: text,
      eventKey,
      dueAt: new Date(clock.now() + when).toISOString(),
    });
    await ctx.reply(
      `⏰ I will remind you ${relativeTime(Date.parse(reminder.dueAt))}: ${text}\nTo cancel: \`/remind cancel ${reminder.id}\``,
    );
  },
});

/** `$remind list`: only one's own. */
export const listRemindersCommand = defineCommand({
  name: 'list',
  description: 'Lists your reminders.',
  ephemeral: true,
  async run(ctx) {
    const reminders = ctx.services.reminders.list(ctx.user.id);
    const lines = reminders.slice(0, MAX_LISTED).map((reminder) => {
      return `\`${reminder.id}\` ${relativeTime(Date.parse(reminder.dueAt))}: ${truncate(reminder.content.replaceAll(/\s+/g, ' '), 60)}`;
    });
    const more = reminders.length > MAX_LISTED ? [`… and ${reminders.length - MAX_LISTED} more`] : [];
    await ctx.reply([...lines, ...more].join('\n') || 'You have no reminders.');
  },
});

/** `$remind cancel ID`: only one's own. */
export const cancelReminderCommand = defineCommand({
  name: 'cancel',
  description: 'Cancels one of your reminders.',
  aliases: ['delete', 'remove'],
  options: {
    id: textOption({
      description: 'Its id, from /remind list',
      required: true,
      maxLength: 40,
      suggest: ({ services, userId, typed }) => {
        const ids = services.reminders.list(userId).map(({ id }) => id);
        return ids.filter((id) => id.includes(typed.toUpperCase()));
      },
    }),
  },
  ephemeral: true,
  async run(ctx, { id }) {
    const isCancelled = await ctx.services.reminders.cancel(id.toUpperCase(), ctx.user.id, ctx.effectKey(0));
    await ctx.reply(isCancelled ? '✅ Cancelled.' : 'You have no reminder with that id. See `/remind list`.');
  },
});
