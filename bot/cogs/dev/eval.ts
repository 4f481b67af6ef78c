import { inspect } from 'node:util';
import { deadline } from '../../../shared/deadline.js';
import { describeError } from '../../../shared/errors.js';
import { redact } from '../../../shared/redact.js';
import { defineCommand } from '../../framework/command.js';
import type { CommandContext } from '../../framework/command-context.js';
import { textOption } from '../../framework/options.js';
import { truncate } from '../../framework/outgoing-message.js';
import { UserError } from '../../framework/user-error.js';

const LIMIT_MS = 10_000;
/** Leaves room for the code fence in one message. */
const MAX_SHOWN = 1_900;

const FENCE = /^```(?:[jt]s|javascript|typescript)?\n(?<code>.*?)\n?```$/s;

/** Functions have no constructor of their own name in the language. */
const AsyncFunction = (async () => {}).constructor as new (
  ...args: string[]
) => (ctx: CommandContext, services: CommandContext['services']) => Promise<unknown>;

/**
 * `$dev eval CODE`: the body of an async function that knows `ctx` and `services`; a single expression is its value.
 * Whoever may do this may do everything the bot can: it takes TUX_DEV_EVAL, and an owner.
 */
export const evalCommand = defineCommand({
  name: 'eval',
  description: 'Runs JavaScript inside the bot.',
  ownerOnly: true,
  options: {
    code: textOption({ description: 'e.g. services.jobs.depth', required: true, rest: true, maxLength: 4_000 }),
  },
  ephemeral: true,
  async run(ctx, { code }) {
    const { config } = ctx.services;
    if (!config.env.TUX_DEV_EVAL) {
      throw new UserError('TUX_EVAL_OFF', 'Running code is switched off.', { hint: 'Set TUX_DEV_EVAL and restart.' });
    }
    if (ctx.isReplayed) {
      // What the code does is not known, so it is not run a second time.
      throw new UserError('TUX_EVAL_REPLAYED', 'I was restarted while that ran, and do not run it again by myself.', {
        hint: 'Look at what it has done, and send it once more if you want.',
      });
    }
    const source = FENCE.exec(code.trim())?.groups?.code ?? code;
    ctx.log.warn({ event: 'dev:eval', code: source }, '⚠️ code is run inside the bot');
    const shown = await evaluate(ctx, source);
    await ctx.reply(`\`\`\`js\n${truncate(redact(shown, config.secrets).replaceAll('```', "'''"), MAX_SHOWN)}\n\`\`\``);
  },
});

async function evaluate(ctx: CommandContext, source: string): Promise<string> {
  try {
    const run = compile(source);
    const value = await deadline('the code', LIMIT_MS, () => run(ctx, ctx.services), ctx.signal);
    return inspect(value, { depth: 1, breakLength: 100 });
  } catch (error) {
    return describeError(error);
  }
}

/** @throws SyntaxError */
function compile(source: string): InstanceType<typeof AsyncFunction> {
  try {
    return new AsyncFunction('ctx', 'services', `return (${source}\n)`);
  } catch {
    return new AsyncFunction('ctx', 'services', source);
  }
}
