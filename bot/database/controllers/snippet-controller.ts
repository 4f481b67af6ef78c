import type { EntityManager } from 'typeorm';
import { Snippet } from '../entities/snippet.js';

export interface NewSnippet {
  readonly guildId: string;
  readonly name: string;
  readonly content: string;
  readonly authorId: string;
}

export interface NewAlias {
  readonly guildId: string;
  readonly name: string;
  /** A snippet or another alias; the alias always points at the snippet itself. */
  readonly target: string;
  readonly authorId: string;
}

/** Texts that members call up by name, and aliases of them. Names are unique in a guild; both kinds share them. */
export class SnippetController {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  /** null when there is no snippet or alias of that name. */
  getByName(guildId: string, name: string): Promise<Snippet | null> {
    return this.#manager.findOneBy(Snippet, { guildId, name });
  }

  /** @returns whether the name was free. */
  create({ guildId, name, content, authorId }: NewSnippet): Promise<boolean> {
    return this.#insert({ guildId, name, content, authorId });
  }

  /** @returns what stood in the way, if anything did. */
  async createAlias({ guildId, name, target, authorId }: NewAlias): Promise<'created' | 'name-taken' | 'no-target'> {
    const found = await this.getByName(guildId, target);
    if (found === null) return 'no-target';
    const isNew = await this.#insert({ guildId, name, authorId, aliasOf: found.aliasOf ?? found.name });
    return isNew ? 'created' : 'name-taken';
  }

  /**
   * The text behind a name or an alias, counted as used.
   *
   * @returns null when there is none.
   */
  async use(guildId: string, name: string): Promise<string | null> {
    const found = await this.getByName(guildId, name);
    if (found === null) return null;
    const target = { guildId, name: found.aliasOf ?? found.name };
    await this.#manager.increment(Snippet, target, 'uses', 1);
    const snippet = await this.#manager.findOneBy(Snippet, target);
    return snippet?.content ?? null;
  }

  /** @returns whether there is a snippet of that name; the text of an alias is edited at its target. */
  async updateContent(guildId: string, name: string, content: string): Promise<boolean> {
    const found = await this.getByName(guildId, name);
    if (found === null || found.aliasOf !== null) return false;
    const { affected } = await this.#manager.update(Snippet, { guildId, name }, { content });
    return affected === 1;
  }

  /** Removes a snippet with all its aliases, or an alias alone. @returns whether there was one. */
  async remove(guildId: string, name: string): Promise<boolean> {
    const { affected } = await this.#manager.delete(Snippet, { guildId, name });
    return affected === 1;
  }

  /** At most `limit` snippets and aliases, in the order of their names. */
  list(guildId: string, limit: number): Promise<Snippet[]> {
    return this.#manager.find(Snippet, { where: { guildId }, order: { name: 'ASC' }, take: limit });
  }

  async #insert(row: Partial<Snippet>): Promise<boolean> {
    const result = await this.#manager
      .createQueryBuilder()
      .insert()
      .into(Snippet)
      .values(row)
      .orIgnore()
      .returning('name')
      .execute();
    return (result.raw as unknown[]).length === 1;
  }
}
