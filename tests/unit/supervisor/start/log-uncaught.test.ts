import type { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { logUncaught } from '../../../../supervisor/start/log-uncaught.js';
import { recordingLogger } from '../../../support/framework-fakes.js';

const events: EventEmitter = process;

it('what nobody caught is in the log with its stack before Node ends the process', () => {
  const logger = recordingLogger();
  const forget = logUncaught(logger.log);
  try {
    events.emit('uncaughtExceptionMonitor', new Error('boom'), 'unhandledRejection'); // as Node does
  } finally {
    forget();
  }
  events.emit('uncaughtExceptionMonitor', new Error('later'), 'uncaughtException');
  expect(logger.records).toMatchObject([
    { level: 60, event: 'supervisor:uncaught', err: { message: 'boom', stack: expect.stringContaining('boom') } },
  ]);
});
