import { PGlite } from '@electric-sql/pglite';

/**
 * What PostgreSQL is started with. `shared_buffers` is 16 MB in place of 128, which PostgreSQL sets up page by page at each start: that is
 * a third of what opening takes, and 120 MB of memory. What does not fit is in the file cache of the system.
 */
export const START_PARAMS: readonly string[] = [...PGlite.defaultStartParams, '-c', 'shared_buffers=16MB'];
