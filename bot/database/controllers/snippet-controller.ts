import type { EntityManager } from 'typeorm';
import { Snippet } from '../entities/snippet.js';
import { EffectController } from './effect-controller.js';

/** A snippet that is to be made: a text, and the name by which members call it up. */
export interface NewSnippet {
  readonly guildId: string;
  readonly name: string;
  readonly content: string;
  readonly authorId: string;
}

/** Another name for a snippet. */
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
   * The text behind a name or an alias, counted as used once per event.
   *
   * @param eventId snowflake of what asked for it.
   * @returns null when there is none.
   */
  use(guildId: string, name: string, eventId: string): Promise<string | null> {
    return this.#manager.transaction(async (manager) => {
      const found = await manager.findOneBy(Snippet, { guildId, name });
      if (found === null) return null;
      const target = { guildId, name: found.aliasOf ?? found.name };
      const snippet = await manager.findOne(Snippet, { where: target, lock: { mode: 'pessimistic_write' } });
      if (snippet === null) return null;
      await new EffectController(manager).once(`use:${eventId}`, async () => {
        await manager.update(Snippet, target, { uses: snippet.uses + 1 });
      });
      return snippet.content;
    });
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

  /** The names that stand for a snippet besides its own, in their order. */
  async listAliases(guildId: string, name: string): Promise<string[]> {
    const rows = await this.#manager.find(Snippet, { where: { guildId, aliasOf: name }, order: { name: 'ASC' } });
    return rows.map((row) => row.name);
  }

  /** At most `limit` snippets and aliases, in the order of their names. */
  list(guildId: string, { offset = 0, limit }: { offset?: number; limit: number }): Promise<Snippet[]> {
    return this.#manager.find(Snippet, { where: { guildId }, order: { name: 'ASC' }, skip: offset, take: limit });
  }

  /** How many snippets and aliases a guild has. */
  count(guildId: string): Promise<number> {
    return this.#manager.countBy(Snippet, { guildId });
  }

  /** At most `limit` names that contain `part` (lower case); those that begin with it come first. */
  async searchNames(guildId: string, part: string, limit: number): Promise<string[]> {
    const rows = await this.#manager
      .createQueryBuilder(Snippet, 'snippet')
      .select('snippet.name', 'name')
      .where('snippet.guild_id = :guildId AND strpos(snippet.name, :part) > 0', { guildId, part })
      .orderBy('strpos(snippet.name, :part) > 1')
      .addOrderBy('snippet.name')
      .limit(limit)
      .getRawMany<{ name: string }>();
    return rows.map(({ name }) => name);
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
