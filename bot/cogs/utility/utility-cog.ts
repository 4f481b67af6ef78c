import { COG_PRIORITIES, defineCog, defineListener } from '../../framework/cog.js';
import { defineCommandGroup } from '../../framework/command.js';
import { absenceListener } from './absence-listener.js';
import { absencesOf } from './absences.js';
import { afkCommand } from './afk.js';
import { avatarCommand } from './avatar.js';
import { pollCommands } from './poll.js';
import { pollBoardOf } from './poll-board.js';
import { pollJobs, pollRecovery } from './poll-closing.js';
import { voteButton } from './poll-vote.js';
import { cancelReminderCommand, listRemindersCommand, remindMeCommand } from './remind.js';
import { serverinfoCommand } from './serverinfo.js';
import { userinfoCommand } from './userinfo.js';

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
    pollCommands,
    afkCommand,
    avatarCommand,
    userinfoCommand,
    serverinfoCommand,
  ],
  components: { vote: voteButton },
  jobs: pollJobs,
  tasks: (services) => [
    { kind: 'continuous', name: 'polls', category: 'SYSTEM', run: (signal) => pollBoardOf(services).run(signal) },
  ],
  listeners: [
    absenceListener,
    pollRecovery,
    defineListener('guildDelete', (services, guild) => absencesOf(services).forget(guild.id)),
  ],
});
