import type { Client } from 'discord.js';
import type { Shape } from './shape.js';

/** Ourselves, as READY carries us. */
export function ownUserShape({ user }: Client<true>): Shape & { id: string } {
  return {
    id: user.id,
    username: user.username,
    discriminator: user.discriminator,
    global_name: user.globalName,
    avatar: user.avatar,
    banner: user.banner,
    accent_color: user.accentColor,
    bot: user.bot,
    system: user.system,
    public_flags: user.flags?.bitfield,
    verified: user.verified,
    mfa_enabled: user.mfaEnabled ?? undefined,
  };
}

/** Our application, as READY carries it; the rest of it is asked for over REST by whoever needs it. */
export function applicationShape({ application }: Client<true>): { id: string; flags: number | undefined } {
  return { id: application.id, flags: application.flags?.bitfield };
}
