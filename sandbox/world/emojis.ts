import { unknown } from '../discord-error.js';
import type { EmojiRecord } from './records.js';
import type { World } from './world.js';

/** The application's emojis. Their pictures are not kept: nobody looks at them here. */
export class Emojis {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  list(): readonly EmojiRecord[] {
    return this.#world.state.emojis;
  }

  /** @throws DiscordError 10014 */
  get(id: string): EmojiRecord {
    const emoji = this.list().find((candidate) => candidate.id === id);
    if (!emoji) throw unknown.emoji();
    return emoji;
  }

  create(name: string, animated: boolean): EmojiRecord {
    const emoji = { id: this.#world.snowflakes.next(), name, animated };
    this.#world.state.emojis.push(emoji);
    this.#world.changed();
    return emoji;
  }

  rename(id: string, name: string): EmojiRecord {
    const emoji = Object.assign(this.get(id), { name });
    this.#world.changed();
    return emoji;
  }

  delete(id: string): void {
    const emoji = this.get(id);
    const { state } = this.#world;
    state.emojis = state.emojis.filter((other) => other !== emoji);
    this.#world.changed();
  }
}
