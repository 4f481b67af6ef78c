import { deadline } from '../../../shared/deadline.js';
import { defineCommand } from '../../framework/command.js';
import type { CommandContext } from '../../framework/command-context.js';

const DATABASE_TIMEOUT_MS = 2_000;

/** `$ping`: how long Discord and the database take to answer. */
export const pingCommand = defineCommand({
  name: 'ping',
  description: 'Shows how fast Discord and the database answer.',
  async run(ctx) {
    const { pingMs } = ctx.services.gateway.status();
    const gateway = pingMs === null ? 'not measured yet' : `${Math.round(pingMs)} ms`;
    const database = await databaseLatency(ctx);
    await ctx.reply(`🏓 Pong! Gateway: ${gateway} · Database: ${database}`);
  },
});

/** A database that is down is an answer, too. */
async function databaseLatency({ services, signal, log }: CommandContext): Promise<string> {
  try {
    const ping = (inner: AbortSignal) => services.database.ping(inner);
    return `${Math.round(await deadline('database ping', DATABASE_TIMEOUT_MS, ping, signal))} ms`;
  } catch (err) {
    log.warn({ event: 'ping:database:failed', err }, '⚠️ the database did not answer a ping');
    return '❌ no answer';
  }
}
