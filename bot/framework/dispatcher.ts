import {
  type AutocompleteInteraction,
  type ChatInputCommandInteraction,
  Events,
  type Interaction,
  type Message,
  type MessageComponentInteraction,
} from 'discord.js';
import type { Clock } from '../../shared/clock.js';
import type { Logger } from '../../shared/logging/logger.js';
import type { AnswerNote } from './answer-note.js';
import type { BotServices } from './bot-services.js';
import { CommandContext, type Invocation } from './command-context.js';
import { CommandInvoker, type CommandOutcome } from './command-invoker.js';
import { commandLineOf } from './command-line.js';
import type { FoundCommand } from './command-registry.js';
import { ComponentContext } from './component-context.js';
import { ComponentResponder } from './component-responder.js';
import { type ComponentRegistry, parseComponentId } from './components.js';
import { type FollowUpPermit, followUpPermit } from './earlier-response.js';
import { EventAge } from './event-age.js';
import type { EventSource } from './event-source.js';
import { type DrainReport, type Handling, InFlight } from './in-flight.js';
import { InteractionResponder } from './interaction-responder.js';
import { invocationOfInteraction, invocationOfMessage, rawSlashArguments } from './invocation.js';
import { MessageResponder } from './message-responder.js';
import type { ResumableResponder } from './responder.js';
import { SerialQueue } from './serial-queue.js';
import { answerSuggestions, noReply } from './suggester.js';
import { groupOverview } from './usage.js';

/** Discord forgets an interaction that was not answered for this long. */
const INTERACTION_TTL_MS = 3_000;

/** Observers of the dispatcher; one that throws is logged and changes nothing. */
export interface DispatcherHooks {
  /**
   * Every message and interaction, ours or not, as soon as all that it set off is done. Whoever keeps the gateway session
   * over a restart may count the event as dealt with from then on.
   */
  onHandled?(eventId: string): void;
  /** Every command and button that was found, with how it ended: for metrics and error reports. */
  onCommandFinished?(outcome: CommandOutcome): void;
}

export interface DispatcherOptions {
  readonly services: BotServices;
  readonly components: ComponentRegistry;
  readonly hooks?: DispatcherHooks;
}

/** How an interaction came to us. */
interface Arrival {
  readonly ageMs: number;
  readonly handling: Handling;
  /** The worker before had begun with it. */
  readonly isReplayed: boolean;
  readonly note: AnswerNote;
}

/** From a Discord event to the command or button handler that it is for. */
export class Dispatcher {
  readonly #services: BotServices;
  readonly #components: ComponentRegistry;
  readonly #hooks: DispatcherHooks;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #inFlight: InFlight;
  readonly #invoker: CommandInvoker;
  readonly #eventAge = new EventAge();
  readonly #lookups = new SerialQueue();
  #isClosing = false;
  #droppedStale = 0;

  constructor({ services, components, hooks = {} }: DispatcherOptions) {
    this.#services = services;
    this.#components = components;
    this.#hooks = hooks;
    this.#log = services.log;
    this.#clock = services.clock;
    this.#inFlight = new InFlight(services.clock);
    this.#invoker = new CommandInvoker({
      services,
      isClosing: () => this.#isClosing,
      onFinished: (outcome) => this.#callHook('onCommandFinished', () => hooks.onCommandFinished?.(outcome)),
    });
  }

  /** Begins to listen. @returns what ends it. */
  attach(client: EventSource): () => void {
    const onMessage = (message: unknown) => this.handleMessage(message as Message);
    const onInteraction = (interaction: unknown) => this.handleInteraction(interaction as Interaction);
    client.on(Events.MessageCreate, onMessage, 'commands');
    client.on(Events.InteractionCreate, onInteraction, 'commands');
    return () => {
      client.off(Events.MessageCreate, onMessage);
      client.off(Events.InteractionCreate, onInteraction);
    };
  }

  /** From now on commands and buttons are refused with a clear answer; running ones go on. */
  close(): void {
    this.#isClosing = true;
  }

  /** Waits for running commands until `signal` aborts. Call {@link close} first. */
  drain(signal: AbortSignal): Promise<DrainReport> {
    return this.#inFlight.drain(signal);
  }

  /** Resolves when no command runs, or `signal` aborts. */
  whenIdle(signal: AbortSignal): Promise<void> {
    return this.#inFlight.whenIdle(signal);
  }

  /** @property droppedStale interactions that arrived too late to be answered. */
  statistics(): { readonly inFlight: number; readonly droppedStale: number } {
    return { inFlight: this.#inFlight.size, droppedStale: this.#droppedStale };
  }

  /** Resolves when everything that the message set off is done; never rejects. */
  handleMessage(message: Message): Promise<void> {
    const { isReplaying, isBegun: isReplayed } = this.#services.gateway;
    if (!isReplaying) this.#eventAge.observe(message.id, this.#clock.now());
    return this.#handle('message', message.id, async (handling) => {
      if (message.author.bot || message.webhookId !== null || message.system) return;
      const line = await commandLineOf(message, this.#services.prefixes);
      if (line !== null) await this.#runLine(message, line, handling, isReplayed);
    });
  }

  /** Resolves when everything that the interaction set off is done; never rejects. */
  handleInteraction(interaction: Interaction): Promise<void> {
    const { isReplaying, isBegun: isReplayed, answerNote: note } = this.#services.gateway;
    const now = this.#clock.now();
    const ageMs = isReplaying ? this.#eventAge.of(interaction.id, now) : this.#eventAge.observe(interaction.id, now);
    return this.#handle('interaction', interaction.id, async (handling) => {
      if (ageMs > INTERACTION_TTL_MS && !isReplayed) {
        this.#dropStale(interaction.id, { ageMs });
      } else if (interaction.isChatInputCommand()) {
        await this.#runSlash(interaction, { ageMs, handling, isReplayed, note });
      } else if (interaction.isMessageComponent()) {
        await this.#runComponent(interaction, { ageMs, handling, isReplayed, note });
      } else if (interaction.isAutocomplete() && !isReplayed) {
        // Nobody waits for suggestions that a worker took with it: the next letter asks anew.
        await this.#suggest(interaction, ageMs, handling);
      }
    });
  }

  async #handle(name: string, eventId: string, work: (handling: Handling) => Promise<void>): Promise<void> {
    try {
      await this.#inFlight.run(name, work);
    } catch (err) {
      this.#log.error({ event: 'dispatch:failed', err, eventId }, `❌ a ${name} could not be dispatched`);
    } finally {
      this.#callHook('onHandled', () => this.#hooks.onHandled?.(eventId));
    }
  }

  #dropStale(eventId: string, details: object): void {
    this.#droppedStale += 1;
    const fields = { event: 'interaction:stale', eventId, ...details };
    this.#log.warn(fields, '⚠️ an interaction arrived too late to be answered');
  }

  async #runLine(message: Message, line: string, handling: Handling, isReplayed: boolean): Promise<void> {
    const found = this.#services.commands.findByLine(line);
    // Silence for an unknown name: `$5` is a price, and other bots may share the prefix.
    if (found === null) return;
    const replay = { isReplayed, now: this.#clock.now() };
    const responder = new MessageResponder(message, replay);
    const invoked = (path: string) => invocationOfMessage(message, path, responder, isReplayed);
    if ('group' in found) {
      const prefix = await this.#services.prefixes.get(message.guildId);
      const ctx = this.#commandContext(invoked(found.group.name), handling);
      return this.#invoker.answer(ctx, groupOverview(prefix, found.group, found.unknown));
    }
    const ctx = this.#commandContext(invoked(found.path), handling);
    await this.#invoker.runCommand(ctx, found.command, { form: 'prefix', line: found.rest });
  }

  async #runSlash(interaction: ChatInputCommandInteraction, arrival: Arrival): Promise<void> {
    const { ageMs, handling, isReplayed, note } = arrival;
    const { commandName, options } = interaction;
    const found: FoundCommand | null = this.#services.commands.findByPath(commandName, options.getSubcommand(false));
    const isEphemeral = found?.command.ephemeral ?? true;
    const responder = new InteractionResponder(interaction, {
      isReplayed,
      isEphemeral,
      note,
      maySend: this.#permit(interaction.id, arrival),
    });
    const path = found?.path ?? commandName;
    if (!(await this.#isAnswerable(responder, arrival))) return this.#dropStale(interaction.id, { ageMs, path });
    const ctx = this.#commandContext(invocationOfInteraction(interaction, path, responder, isReplayed), handling);
    if (found === null) return this.#invoker.answer(ctx, 'I do not know that command any more. Try `/help`.');
    await this.#invoker.runCommand(ctx, found.command, {
      form: 'slash',
      raw: rawSlashArguments(interaction),
      ageMs,
    });
  }

  async #runComponent(interaction: MessageComponentInteraction, arrival: Arrival): Promise<void> {
    const { ageMs, handling, isReplayed, note } = arrival;
    const address = parseComponentId(interaction.customId);
    const handler = address && this.#components.find(address);
    const path = address ? `${address.cog}.${address.action}` : 'component';
    const maySend = this.#permit(interaction.id, arrival);
    const responder = new ComponentResponder(interaction, { isReplayed, maySend, note });
    if (!(await this.#isAnswerable(responder, arrival))) return this.#dropStale(interaction.id, { ageMs, path });
    // A copy: discord.js changes its message when the bot edits it.
    const message = { id: interaction.message.id, content: interaction.message.content };
    const values = interaction.isStringSelectMenu() ? interaction.values : [];
    const invocation = { ...invocationOfInteraction(interaction, path, responder, isReplayed), message, values };
    const ctx = new ComponentContext(invocation, this.#services, this.#inFlight.signal);
    handling.name = path;
    if (!address || !handler) return this.#invoker.answer(ctx, 'This button belongs to an older version of me.');
    await this.#invoker.runComponent(ctx, handler, address.args, ageMs);
  }

  async #suggest(interaction: AutocompleteInteraction, ageMs: number, handling: Handling): Promise<void> {
    const { commandName, options } = interaction;
    const found = this.#services.commands.findByPath(commandName, options.getSubcommand(false));
    const invocation = invocationOfInteraction(interaction, found?.path ?? commandName, noReply, false);
    const ctx = this.#commandContext(invocation, handling);
    await answerSuggestions({ interaction, found, ctx, ageMs }, this.#invoker);
  }

  /**
   * Whether an interaction can (still) be answered: in time, or when an earlier worker has answered. Old ones are looked at one
   * after the other, and only those that an earlier worker had begun to answer: there may be many, the young ones cannot wait, and
   * each counts in what Discord allows in a second.
   */
  async #isAnswerable(responder: ResumableResponder, { ageMs, note }: Arrival): Promise<boolean> {
    if (ageMs <= INTERACTION_TTL_MS) return true;
    return note.isBegun && this.#lookups.run(() => responder.takeUp());
  }

  #permit(eventId: string, { isReplayed }: Arrival): FollowUpPermit {
    return followUpPermit(this.#services, eventId, isReplayed);
  }

  #commandContext(invocation: Invocation, handling: Handling): CommandContext {
    handling.name = invocation.path;
    return new CommandContext(invocation, this.#services, this.#inFlight.signal);
  }

  #callHook(hook: keyof DispatcherHooks, call: () => void): void {
    try {
      call();
    } catch (err) {
      this.#log.error({ event: 'hook:failed', err, hook }, `❌ dispatcher hook ${hook} failed`);
    }
  }
}
