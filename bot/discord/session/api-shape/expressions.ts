import type { GuildEmoji, Sticker } from 'discord.js';
import type { Shape } from './shape.js';

/** An emoji of a server as GUILD_CREATE carries it. */
export function emojiShape(emoji: GuildEmoji): Shape {
  return {
    id: emoji.id,
    name: emoji.name,
    animated: emoji.animated,
    require_colons: emoji.requiresColons,
    managed: emoji.managed,
    available: emoji.available,
    roles: Array.from(emoji.roles.cache.keys()),
  };
}

/** A sticker of a server as GUILD_CREATE carries it. */
export function stickerShape(sticker: Sticker): Shape {
  return {
    id: sticker.id,
    guild_id: sticker.guildId,
    name: sticker.name,
    description: sticker.description,
    tags: sticker.tags,
    type: sticker.type,
    format_type: sticker.format,
    available: sticker.available,
    sort_value: sticker.sortValue,
  };
}
