import { Absence } from './absence.js';
import { Case } from './case.js';
import { GuildConfig } from './guild-config.js';
import { HandledEffect } from './handled-effect.js';
import { Level } from './level.js';
import { LevelRole } from './level-role.js';
import { PermissionCommand } from './permission-command.js';
import { PermissionRank } from './permission-rank.js';
import { Poll, PollVote } from './poll.js';
import { RankName } from './rank-name.js';
import { Snippet } from './snippet.js';
import { User } from './user.js';

/** Every entity, named: a glob would depend on how the program was built and started. */
export const entities = [
  Absence,
  Case,
  GuildConfig,
  HandledEffect,
  Level,
  LevelRole,
  PermissionCommand,
  PermissionRank,
  Poll,
  PollVote,
  RankName,
  Snippet,
  User,
];
