import { COG_PRIORITIES, defineCog, defineListener } from '../../framework/cog.js';
import { defineCommandGroup } from '../../framework/command.js';
import { perRun } from '../../framework/per-run.js';
import { earnFrom } from './earn.js';
import { EarnedXp } from './earned-xp.js';
import { leaderboardButton, leaderboardCommand } from './leaderboard.js';
import { addXpCommand, resetLevelCommand, setLevelCommand } from './level-changes.js';
import { announceCommand, levelsOffCommand, levelsOnCommand } from './level-switches.js';
import { restoreRoles } from './level-up.js';
import { rankCommand } from './rank.js';
import { listRewardsCommand, rewardCommand, unrewardCommand } from './rewards.js';
import { runXpTask } from './xp-task.js';

const earnedXp = perRun(() => new EarnedXp());

/** Members earn xp by talking, levels by xp, and roles by levels. */
export const levelsCog = defineCog({
  name: 'levels',
  priority: COG_PRIORITIES.levels,
  commands: [
    rankCommand,
    leaderboardCommand,
    defineCommandGroup({
      name: 'levels',
      description: 'Sets up the levels of this server.',
      commands: [
        setLevelCommand,
        addXpCommand,
        resetLevelCommand,
        levelsOnCommand,
        levelsOffCommand,
        announceCommand,
        rewardCommand,
        unrewardCommand,
        listRewardsCommand,
      ],
    }),
  ],
  components: { top: leaderboardButton },
  listeners: [
    defineListener('messageCreate', (services, message) => earnFrom(message, earnedXp(services), services)),
    defineListener('guildMemberAdd', (services, member) => restoreRoles(member, services)),
  ],
  tasks: (services) => [
    {
      kind: 'continuous',
      name: 'store-xp',
      category: 'SYSTEM',
      run: (signal) => runXpTask(earnedXp(services), services, signal),
    },
  ],
});
