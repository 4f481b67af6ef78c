import { AUTOMATIC_RESERVE, leavesReserve } from '../../../shared/identify-ledger.js';
import { type Command, defineCommand } from '../../framework/command.js';
import type { CommandContext } from '../../framework/command-context.js';
import { textOption } from '../../framework/options.js';
import { ownerOnly, type Precondition, refuse } from '../../framework/precondition.js';

interface Power {
  readonly name: 'restart' | 'shutdown';
  readonly description: string;
  /** Said before going down: afterwards nobody can. */
  readonly goodbye: string;
  readonly preconditions?: readonly Precondition[];
}

/** `$admin restart`: the supervisor starts a new run at once. */
export const restartCommand = powerCommand({
  name: 'restart',
  description: 'Restarts the bot; jobs and reminders are kept.',
  goodbye: '🔄 Restarting…',
  preconditions: [canLogInAgain],
});

/** `$admin shutdown`: bot and supervisor stop and stay down. */
export const shutdownCommand = powerCommand({
  name: 'shutdown',
  description: 'Stops the bot until somebody starts it again.',
  goodbye: '👋 Shutting down…',
});

function powerCommand({ name, description, goodbye, preconditions = [] }: Power): Command {
  return defineCommand({
    name,
    description,
    preconditions: [ownerOnly(), ...preconditions],
    options: { reason: textOption({ description: 'Why, for the log', rest: true, maxLength: 200 }) },
    async run(ctx, { reason }) {
      await sayGoodbye(ctx, goodbye);
      ctx.services.lifecycle[name](ctx.user.id, reason ?? `${name} asked for in Discord by ${ctx.user.username}`);
    },
  });
}

/** Whether the words get through must not decide whether the owner can restart a bot in trouble. */
async function sayGoodbye(ctx: CommandContext, goodbye: string): Promise<void> {
  try {
    await ctx.reply(goodbye);
  } catch (err) {
    ctx.log.warn({ event: 'admin:reply:failed', err }, '⚠️ nobody could be told, going down all the same');
  }
}

/** A restart below the reserve would leave the bot held, and nobody in Discord could do anything about it. */
function canLogInAgain(ctx: CommandContext): ReturnType<Precondition> {
  const budget = ctx.services.lifecycle.identifyBudget();
  if (budget === null || leavesReserve(budget, AUTOMATIC_RESERVE)) return null;
  return refuse('bot.identify-budget', { remaining: budget.remaining, total: budget.total });
}
