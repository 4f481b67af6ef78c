import type { EntityManager } from 'typeorm';
import { User } from '../entities/user.js';

/** Users the bot has met, for cogs that keep something of a person beyond one guild. */
export class UserController {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  /** null when the bot has never met this user. */
  getById(id: string): Promise<User | null> {
    return this.#manager.findOneBy(User, { id });
  }

  /** The user, recorded as met for the first time if need be. Concurrent callers get the same row. */
  async getOrCreate(id: string): Promise<User> {
    await this.#manager.createQueryBuilder().insert().into(User).values({ id }).orIgnore().execute();
    return this.#manager.findOneByOrFail(User, { id });
  }

  /** Records that the user was active at `at`; an older instant than the recorded one changes nothing. */
  async markSeen(id: string, at: Date): Promise<void> {
    await this.#manager.query(
      `INSERT INTO users (id, first_seen_at, last_seen_at) VALUES ($1, $2, $2)
       ON CONFLICT (id) DO UPDATE SET last_seen_at = greatest(users.last_seen_at, excluded.last_seen_at)`,
      [id, at],
    );
  }
}
