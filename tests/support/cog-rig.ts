import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { APIMessage } from 'discord-api-types/v10';
import { Database } from '../../bot/database/database.js';
import type { BotServices } from '../../bot/framework/bot-services.js';
import type { CogEntry } from '../../bot/framework/cog-loader.js';
import { SANDBOX_IDS, type Sandbox, startSandbox } from '../../sandbox/index.js';
import type { Environment } from '../../shared/config/schema.js';
import { silentLogger } from '../../shared/logging/logger.js';
import { BotRun, type BotRunOptions } from './bot-run.js';
import { foldersBelow } from './database-backends.js';
import { type PostgresServer, startPostgres } from './postgres.js';

type Person = keyof typeof SANDBOX_IDS.users;

/** Who acts, and where; default: the owner in `general`. */
interface Acting {
  readonly as?: Person;
  readonly channel?: string;
}

/**
 * Cogs under test: the real bot in this process, on a real PostgreSQL and against a sandbox of its own. One for a test file
 * (`beforeAll`, `afterAll`); the database is its own, so tests that would meet in it use different members or guilds.
 */
export class CogRig {
  readonly sandbox: Sandbox;
  readonly database: Database;
  readonly #server: PostgresServer;
  readonly #folder: string;
  readonly #run: Pick<BotRunOptions, 'cogs' | 'env'>;
  bot: BotRun;

  private constructor(parts: {
    sandbox: Sandbox;
    database: Database;
    server: PostgresServer;
    folder: string;
    run: Pick<BotRunOptions, 'cogs' | 'env'>;
  }) {
    this.sandbox = parts.sandbox;
    this.database = parts.database;
    this.#server = parts.server;
    this.#folder = parts.folder;
    this.#run = parts.run;
    this.bot = this.#newRun();
  }

  /** @param cogs default: all of Tux's. @param env settings; what is not given has its default. */
  static async create(cogs?: readonly CogEntry[], env: Partial<Environment> = {}): Promise<CogRig> {
    const [server, sandbox, folder] = await Promise.all([
      startPostgres(),
      startSandbox(),
      mkdtemp(join(tmpdir(), 'tux-cogs-')),
    ]);
    const database = new Database({
      settings: { DATABASE_URL: await server.createDatabase(), DATABASE_POOL_SIZE: 5, DATABASE_TLS: 'off' },
      paths: foldersBelow(folder),
      log: silentLogger(),
    });
    await database.connect(AbortSignal.timeout(60_000));
    const rig = new CogRig({ sandbox, database, server, folder, run: { ...(cogs && { cogs }), env } });
    await rig.bot.start();
    return rig;
  }

  get services(): BotServices {
    return this.bot.services;
  }

  /** Stops the bot in order and starts it again: the same state files, database and sandbox. */
  async restart(): Promise<void> {
    await this.bot.stop();
    this.bot = this.#newRun();
    await this.bot.start();
  }

  /** Sends a prefix command and waits for the answer, which refers to it. */
  async say(text: string, { as = 'owner', channel = 'general' }: Acting = {}): Promise<APIMessage> {
    const { id } = this.sandbox.actors.say({ text, as, channel });
    return this.sandbox.recorder.waitForMessage((message) => message.message_reference?.message_id === id);
  }

  /** Uses a slash command; waits for the first answer, or for the edit that fills in a deferred one. */
  slash(
    path: string,
    options: Record<string, string> = {},
    { as = 'owner', channel = 'general' }: Acting = {},
  ): Promise<APIMessage> {
    const { id } = this.sandbox.actors.slash({ command: path.split(' '), options, as, channel });
    return this.#answerTo(id);
  }

  /** Presses a button by its label; waits for the answer or for the change of the message. */
  click(button: string, { as = 'owner', channel = 'general' }: Acting = {}): Promise<APIMessage> {
    const { id } = this.sandbox.actors.click({ button, as, channel });
    return this.#answerTo(id);
  }

  /** Types in an option of a slash command. @returns the values that are suggested. */
  async suggest(path: string, option: string, typed: string, acting: Acting = {}): Promise<string[]> {
    const { id } = this.sandbox.actors.suggest({ command: path.split(' '), option, typed, ...acting });
    const { data } = await this.sandbox.recorder.sightings.waitFor((seen) => seen.interactionId === id);
    return (data as { choices: { value: string }[] }).choices.map(({ value }) => value);
  }

  /** Waits for a message of the bot, wherever. @param after see `sandbox.recorder.mark()`; default: from the beginning. */
  posted(content: RegExp, after?: number): Promise<APIMessage> {
    const isWanted = (message: APIMessage) => message.author.id === SANDBOX_IDS.bot && content.test(textOf(message));
    return this.sandbox.recorder.waitForMessage(isWanted, after === undefined ? {} : { after });
  }

  async dispose(): Promise<void> {
    await this.bot.stop();
    await this.database.close();
    await this.#server.stop();
    await this.sandbox.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #newRun(): BotRun {
    const { sandbox, database } = this;
    return new BotRun({ sandbox, database, folder: this.#folder, ...this.#run });
  }

  async #answerTo(interactionId: string): Promise<APIMessage> {
    const { message } = await this.sandbox.recorder.sightings.waitFor(
      (seen) => seen.interactionId === interactionId && seen.message !== undefined && seen.kind !== 'deferred',
    );
    if (!message) throw new Error('no message');
    return message;
  }
}

/** All the words of a message, those of its embeds included. */
export function textOf({ content, embeds }: Pick<APIMessage, 'content' | 'embeds'>): string {
  const parts = embeds.flatMap(({ title, description, fields = [], footer }) => [
    title,
    description,
    ...fields.flatMap(({ name, value }) => [name, value]),
    footer?.text,
  ]);
  return [content, ...parts].filter(Boolean).join('\n');
}
