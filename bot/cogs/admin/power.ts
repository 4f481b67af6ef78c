import { AUTOMATIC_RESERVE, leavesReserve } from '../../../shared/identify-ledger.js';
import { defineCommand } from '../../framework/command.js';
import type { CommandContext } from '../../framework/command-context.js';
import { confirmation, confirmationMessage } from '../../framework/confirmation.js';
import { textOption } from '../../framework/options.js';
import { type Refusal, refuse } from '../../framework/precondition.js';

const options = { reason: textOption({ description: 'Why, for the log', rest: true, maxLength: 200 }) };

/** `$admin restart`: the supervisor starts a new run at once. */
export const restartCommand = defineCommand({
  name: 'restart',
  description: 'Restarts the bot; jobs and reminders are kept.',
  ownerOnly: true,
  options,
  async run(ctx, { reason }) {
    const refusal = ctx.isReplayed ? null : tooFewLogins(ctx);
    if (refusal) return ctx.refuse(refusal);
    await sayGoodbye(ctx, '🔄 Restarting…');
    // This run began after it was asked for: what the owner wanted has come about, however the run before ended.
    if (ctx.isReplayed) return;
    ctx.services.lifecycle.restart(ctx.user.id, reason ?? defaultReason('restart', ctx));
  },
});

/** `$admin shutdown`: bot and supervisor stop and stay down. As nobody can undo that from Discord, it asks first. */
export const shutdownCommand = defineCommand({
  name: 'shutdown',
  description: 'Stops the bot until somebody starts it again.',
  ownerOnly: true,
  options,
  async run(ctx, { reason }) {
    const question = confirmationMessage(ctx, {
      cog: 'admin',
      action: 'shutdown',
      text: `Shut down for good? Only somebody on the server can start me again.${reasonLine(reason)}`,
      confirmLabel: 'Shut down',
      danger: true,
    });
    await ctx.reply(question);
  },
});

/** The answer to the question of `$admin shutdown`. */
export const shutdownConfirmation = confirmation('shutdown', {
  command: 'admin shutdown',
  confirmed: '👋 Shutting down…',
  async run(ctx) {
    ctx.services.lifecycle.shutdown(ctx.user.id, reasonIn(ctx.message.content) ?? defaultReason('shutdown', ctx));
  },
});

function defaultReason(what: string, { user }: CommandContext): string {
  return `${what} asked for in Discord by ${user.username}`;
}

const REASON = '\nReason: ';

/** A custom id has no room for a reason, so it travels in the text of the question, which nobody but Tux can write. */
function reasonLine(reason: string | undefined): string {
  return reason === undefined ? '' : `${REASON}${reason.replaceAll(/\s+/g, ' ')}`;
}

function reasonIn(question: string): string | null {
  const [, after] = question.split(REASON);
  return after?.split('\n')[0] ?? null;
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
function tooFewLogins(ctx: CommandContext): Refusal | null {
  const budget = ctx.services.lifecycle.identifyBudget();
  if (budget === null || leavesReserve(budget, AUTOMATIC_RESERVE)) return null;
  return refuse('bot.identify-budget', { remaining: budget.remaining, total: budget.total });
}
