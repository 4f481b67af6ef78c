import type { RestFault } from '../plan/planned-fault.js';
import type { Inflict } from './fault.js';

/** What happens to requests to Discord's REST interface. */
export const disturbRest: Inflict<RestFault> = async ({ how }, { installation, note }) => {
  const { faults } = installation.sandbox;
  note(`rest: ${how}`);
  switch (how) {
    case 'fail':
      faults.failNext('*', 503, Number.POSITIVE_INFINITY);
      return () => faults.stopFailing();
    case 'hang':
      faults.failNext('*', 'hang', Number.POSITIVE_INFINITY);
      return () => faults.stopFailing();
    case 'reset':
      faults.offline();
      return () => faults.offline(false);
    case 'lose answers':
      faults.loseAnswers();
      return () => faults.loseAnswers(false);
    case 'lag':
      faults.lag(400);
      return () => faults.lag(0);
  }
};
