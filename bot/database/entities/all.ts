import { Case } from './case.js';
import { GuildConfig } from './guild-config.js';
import { Level } from './level.js';
import { PermissionCommand } from './permission-command.js';
import { PermissionRank } from './permission-rank.js';
import { Snippet } from './snippet.js';
import { User } from './user.js';

/** Every entity, named: a glob would depend on how the program was built and started. */
export const entities = [Case, GuildConfig, Level, PermissionCommand, PermissionRank, Snippet, User];
