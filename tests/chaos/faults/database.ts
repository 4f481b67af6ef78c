import type { DatabaseFault } from '../plan/planned-fault.js';
import type { Inflict } from './fault.js';

/** What happens to the PostgreSQL server. */
export const disturbDatabase: Inflict<DatabaseFault> = async ({ how }, { postgres, note }) => {
  note(`database: ${how}`);
  switch (how) {
    case 'freeze':
      postgres.freeze();
      return () => postgres.thaw();
    case 'crash':
      await postgres.pause();
      return () => postgres.resume();
    case 'restart':
      await postgres.pause();
      await postgres.resume();
      return () => {};
  }
};
