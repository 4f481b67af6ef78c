import { COG_PRIORITIES, defineCog } from '../../framework/cog.js';
import { defineCommandGroup } from '../../framework/command.js';
import { cancelReminderCommand, listRemindersCommand, remindMeCommand } from './remind.js';

/** Small helpers for everybody. */
export const utilityCog = defineCog({
  name: 'utility',
  priority: COG_PRIORITIES.utility,
  commands: [
    defineCommandGroup({
      name: 'remind',
      description: 'Reminds you of something later.',
      aliases: ['reminder', 'remindme'],
      commands: [remindMeCommand, listRemindersCommand, cancelReminderCommand],
      defaultCommand: 'me',
    }),
  ],
});
