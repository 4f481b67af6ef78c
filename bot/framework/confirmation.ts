import { ButtonStyle, ComponentType } from 'discord-api-types/v10';
import type { CommandContext } from './command-context.js';
import type { ComponentContext } from './component-context.js';
import { type ComponentHandler, componentId } from './components.js';
import { formatDuration } from './duration.js';
import { effectKeyOf } from './effect-key.js';
import { snowflakeTimeMs } from './event-age.js';
import type { OutgoingMessage } from './outgoing-message.js';
import { perRun } from './per-run.js';
import { refuse } from './precondition.js';

/** How long somebody has for the answer, unless the question says otherwise. */
const DEFAULT_EXPIRY_MS = 2 * 60_000;
/** A second press comes within seconds of the first, or not at all: far fewer questions are answered in that time. */
const MAX_REMEMBERED = 1_000;

/** A question that the person who used a command answers by a button. */
export interface Question {
  /** The cog, and the action under which it registered {@link confirmation}. */
  readonly cog: string;
  readonly action: string;
  /** What the handler gets; with the names it has to fit into the 100 characters of a custom id. */
  readonly args?: readonly string[];
  /** What is going to happen, as a question. */
  readonly text: string;
  /** On the button that does it, e.g. `Delete 40 messages`. */
  readonly confirmLabel: string;
  /** Makes that button red. */
  readonly danger?: boolean;
  /** Default: two minutes. */
  readonly expiresAfterMs?: number;
}

/** What follows upon a yes, and who may give it. */
export interface ConfirmationHandler extends Omit<ComponentHandler, 'run'> {
  /** What the message says from the press on, before `run` begins. `run` may change it again with `ctx.update`. */
  readonly confirmed: string;
  /**
   * Does it.
   *
   * @param effectKey keys of its effects, the same for every press of the same question.
   */
  run(ctx: ComponentContext, args: readonly string[], effectKey: (index: number) => string): Promise<void>;
}

/**
 * A message with a button to confirm and one to cancel. The ids of the buttons carry all there is to know, so they work
 * after a restart.
 *
 * @throws TuxError TUX_COMPONENT_ID when the arguments are too long for that.
 */
export function confirmationMessage({ user, services }: CommandContext, question: Question): OutgoingMessage {
  const { cog, action, args = [], text, confirmLabel, danger = false } = question;
  const expiresAfterMs = question.expiresAfterMs ?? DEFAULT_EXPIRY_MS;
  const expiry = Math.ceil((services.clock.now() + expiresAfterMs) / 1_000).toString(36);
  const id = (answer: 'yes' | 'no') =>
    componentId(cog, action, [answer, BigInt(user.id).toString(36), expiry, ...(answer === 'yes' ? args : [])]);
  return {
    content: `${text}\n-# You have ${formatDuration(expiresAfterMs)} to answer.`,
    components: [
      {
        type: ComponentType.ActionRow,
        components: [
          {
            type: ComponentType.Button,
            style: danger ? ButtonStyle.Danger : ButtonStyle.Success,
            label: confirmLabel,
            custom_id: id('yes'),
          },
          { type: ComponentType.Button, style: ButtonStyle.Secondary, label: 'Cancel', custom_id: id('no') },
        ],
      },
    ],
  };
}

/**
 * Answers the buttons of {@link confirmationMessage}: `components: { ...confirmation('purge', { … }) }`. Only the asker may
 * answer, in time and once: the buttons are taken away before anything happens.
 */
export function confirmation(action: string, handler: ConfirmationHandler): Readonly<Record<string, ComponentHandler>> {
  const { confirmed, run, ...conditions } = handler;
  const answeredIn = perRun(() => new AnsweredQuestions());
  const answer = async (ctx: ComponentContext, [choice, asker = '0', expiry = '0', ...args]: readonly string[]) => {
    const userId = parseBase36(asker).toString();
    if (ctx.user.id !== userId) return ctx.refuse(refuse('confirmation.other', { userId }));
    const { id, content } = ctx.message;
    const answered = answeredIn(ctx.services);
    if (!answered.add(id) || (await wasAnsweredBefore(ctx))) return ctx.refuse(refuse('confirmation.answered'));
    // A press that an earlier worker did not get done with was in time if it was so when it was made.
    const pressedAt = ctx.isReplayed ? snowflakeTimeMs(ctx.eventId) : ctx.services.clock.now();
    const isLate = pressedAt >= Number(parseBase36(expiry)) * 1_000;
    const isConfirmed = choice === 'yes' && !isLate;
    const why = isLate ? '⌛ That took too long, so nothing was done.' : '✖️ Cancelled, nothing was done.';
    try {
      await ctx.update({ content: isConfirmed ? confirmed : `${withoutHint(content)}\n${why}`, components: [] });
    } catch (error) {
      answered.delete(id); // the buttons are still there
      throw error;
    }
    await noteAnswer(ctx);
    if (!isConfirmed) return;
    try {
      await run(ctx, args, (index) => effectKeyOf(id, index));
    } catch (error) {
      // The person is told privately what went wrong; nobody else should take the message for a success.
      await ctx.update({ content: `${confirmed}\n❌ That did not work out.` }).catch(() => {});
      throw error;
    }
  };
  return { [action]: { ...conditions, run: answer } };
}

/** Whether an earlier worker took another press for the answer: of two presses on their way only one counts. */
async function wasAnsweredBefore({ isReplayed, services, message, eventId }: ComponentContext): Promise<boolean> {
  if (!isReplayed) return false;
  try {
    const answer = await services.database.effects.find(questionKey(message));
    return answer !== null && answer.result !== eventId;
  } catch {
    return false; // without a database the buttons, which are gone, have to do
  }
}

/** For a worker that handles another press after us. */
async function noteAnswer({ services, message, eventId, log }: ComponentContext): Promise<void> {
  try {
    await services.database.transaction((db) => db.effects.once(questionKey(message), async () => eventId));
  } catch (err) {
    log.debug({ event: 'confirmation:unnoted', err }, 'the answer to a question could not be noted');
  }
}

function questionKey({ id }: ComponentContext['message']): string {
  return `question:${id}`;
}

/** Ids of messages, the latest ones: a second press may be on its way before the buttons are gone. */
class AnsweredQuestions {
  readonly #ids = new Set<string>();

  /** @returns false when it was there already. */
  add(id: string): boolean {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    const [oldest] = this.#ids;
    if (this.#ids.size > MAX_REMEMBERED && oldest !== undefined) this.#ids.delete(oldest);
    return true;
  }

  delete(id: string): void {
    this.#ids.delete(id);
  }
}

function withoutHint(content: string): string {
  return content.replace(/\n-# .*$/, '');
}

function parseBase36(text: string): bigint {
  return [...text].reduce((sum, digit) => sum * 36n + BigInt(Number.parseInt(digit, 36)), 0n);
}
