import type { Role, RoleTagData } from 'discord.js';
import { permissionsText, type Shape } from './shape.js';

/** A role as GUILD_CREATE carries it. */
export function roleShape(role: Role): Shape {
  const { id, name, colors, hoist, icon, unicodeEmoji, rawPosition, permissions, managed, mentionable, flags } = role;
  return {
    id,
    name,
    color: colors?.primaryColor,
    colors: colors && {
      primary_color: colors.primaryColor,
      secondary_color: colors.secondaryColor,
      tertiary_color: colors.tertiaryColor,
    },
    hoist,
    icon,
    unicode_emoji: unicodeEmoji,
    position: rawPosition,
    permissions: permissionsText(permissions.bitfield),
    managed,
    mentionable,
    flags: flags.bitfield,
    tags: role.tags ? tagsShape(role.tags) : undefined,
  };
}

/** Discord says `null` for what is so and leaves out what is not. */
function tagsShape(tags: RoleTagData): Shape {
  return {
    bot_id: tags.botId,
    integration_id: tags.integrationId,
    premium_subscriber: tags.premiumSubscriberRole ? null : undefined,
    subscription_listing_id: tags.subscriptionListingId,
    available_for_purchase: tags.availableForPurchase ? null : undefined,
    guild_connections: tags.guildConnections ? null : undefined,
  };
}
