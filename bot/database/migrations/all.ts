import { CreateTables } from './0001-create-tables.js';
import { ServeGuilds } from './0002-serve-guilds.js';
import { EffectsOnce } from './0003-effects-once.js';

/**
 * Every migration in its order. Once released, one is never changed, renamed or removed: a database that knows a name
 * which is not in this list counts as newer than the program.
 */
export const migrations = [CreateTables, ServeGuilds, EffectsOnce];
