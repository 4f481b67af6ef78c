import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database } from '../../bot/database/database.js';
import type { BotServices } from '../../bot/framework/bot-services.js';
import type { CogEntry } from '../../bot/framework/cog-loader.js';
import { type Sandbox, startSandbox } from '../../sandbox/index.js';
import type { Environment } from '../../shared/config/schema.js';
import { silentLogger } from '../../shared/logging/logger.js';
import { BotRun, type BotRunOptions } from './bot-run.js';
import { Conversation } from './conversation.js';
import { foldersBelow } from './database-backends.js';
import { disposeAll } from './dispose-all.js';
import { SharedPostgres } from './shared-postgres.js';

/**
 * Cogs under test: the real bot in this process, on a real PostgreSQL and against a sandbox of its own. One for a test file
 * (`beforeAll`, `afterAll`); the database is its own, so tests that would meet in it use different members or guilds.
 */
export class CogRig extends Conversation {
  readonly database: Database;
  readonly #postgres: SharedPostgres;
  readonly #folder: string;
  readonly #run: Pick<BotRunOptions, 'cogs' | 'env'>;
  bot: BotRun;

  private constructor(parts: {
    sandbox: Sandbox;
    database: Database;
    postgres: SharedPostgres;
    folder: string;
    run: Pick<BotRunOptions, 'cogs' | 'env'>;
  }) {
    super(parts.sandbox);
    this.database = parts.database;
    this.#postgres = parts.postgres;
    this.#folder = parts.folder;
    this.#run = parts.run;
    this.bot = this.#newRun();
  }

  /** @param cogs default: all of Tux's. @param env settings; what is not given has its default. */
  static async create(cogs?: readonly CogEntry[], env: Partial<Environment> = {}): Promise<CogRig> {
    const [postgres, sandbox, folder] = await Promise.all([
      SharedPostgres.join(),
      startSandbox(),
      mkdtemp(join(tmpdir(), 'tux-cogs-')),
    ]);
    const database = new Database({
      settings: { DATABASE_URL: await postgres.createDatabase(), DATABASE_POOL_SIZE: 5, DATABASE_TLS: 'off' },
      paths: foldersBelow(folder),
      log: silentLogger(),
    });
    await database.connect(AbortSignal.timeout(60_000));
    const rig = new CogRig({ sandbox, database, postgres, folder, run: { ...(cogs && { cogs }), env } });
    try {
      await rig.bot.start();
    } catch (error) {
      await rig.dispose().catch(() => {}); // the reason why it did not start is the one to be seen
      throw error;
    }
    return rig;
  }

  get services(): BotServices {
    return this.bot.services;
  }

  /** Stops the bot in order and starts it again: the same state files, database and sandbox. */
  async restart(): Promise<void> {
    await this.bot.stop();
    await this.startAgain();
  }

  /** Starts the next run of a bot that was stopped. */
  async startAgain(): Promise<void> {
    this.bot = this.#newRun();
    await this.bot.start();
  }

  async dispose(): Promise<void> {
    await disposeAll(
      () => this.bot.stop(),
      () => this.database.close(),
      () => this.#postgres.leave(),
      () => this.sandbox.close(),
      () => rm(this.#folder, { recursive: true, force: true }),
    );
  }

  #newRun(): BotRun {
    const { sandbox, database } = this;
    return new BotRun({ sandbox, database, folder: this.#folder, ...this.#run });
  }
}
