import type { ComponentHandler } from '../../framework/components.js';
import { guildOnly } from '../../framework/precondition.js';
import { relativeTime } from '../../framework/timestamps.js';
import { eventRemindersOf, type PressOutcome } from './event-reminders.js';

/** "Remind me": `args` is the id of the event. Only who presses sees the answer. */
export const remindButton: ComponentHandler = {
  preconditions: [guildOnly()],
  async run(ctx, [eventId = '']) {
    const outcome = await eventRemindersOf(ctx.services).press(ctx.effectKey(0), eventId, ctx.user.id);
    await ctx.reply({ content: answerTo(outcome), ephemeral: true });
  },
};

function answerTo(outcome: PressOutcome): string {
  if (outcome.kind === 'gone') return 'That event is over, or was cancelled.';
  const name = `**${outcome.event.name}**`;
  switch (outcome.kind) {
    case 'on':
      return (
        `🔔 I will write to you ${relativeTime(new Date(outcome.dueAt))}, before ${name} begins. ` +
        'If it is moved or cancelled I will know. Press again if you do not want that.'
      );
    case 'off':
      return `🔕 I will not remind you of ${name}.`;
    case 'leaving':
      return `Your reminder of ${name} is on its way to you.`;
    case 'under-way':
      return `${name} has begun already.`;
  }
}
