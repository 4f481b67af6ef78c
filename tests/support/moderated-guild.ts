import { SANDBOX_IDS } from '../../sandbox/index.js';
import type { CogRig } from './cog-rig.js';

const { guild } = SANDBOX_IDS;

/** A new member of the sandbox's guild, so that tests on one rig do not meet in the same person. @returns the id. */
export function newMember({ sandbox: { world } }: CogRig, name: string, roleIds: readonly string[] = []): string {
  const id = world.snowflakes.next();
  world.state.users[id] = { id, name, displayName: name, isBot: false };
  world.members.join(guild, id);
  if (roleIds.length > 0) world.members.edit(guild, id, { roleIds: [...roleIds] });
  return id;
}

/** What the person got from the bot directly. */
export function directMessages({ sandbox: { world } }: CogRig, userId: string): string[] {
  return world.messages.list(world.directChannel(userId).id).map(({ content }) => content);
}

/** What the bot wrote into the log channel about the person. */
export function logEntries({ sandbox: { world } }: CogRig, userId: string): string[] {
  const texts = world.messages.list(SANDBOX_IDS.channels['mod-log']).map(({ embeds }) => JSON.stringify(embeds));
  return texts.filter((text) => text.includes(userId));
}

/** The numbers and statuses of the cases about a person, newest first. */
export async function casesOf({ database }: CogRig, userId: string) {
  const cases = await database.cases.list(guild, { userId }, 20);
  return cases.map(({ type, status }) => `${type} ${status}`);
}

/** Handles a message that was handled before, as after a restart or a resumed session. */
export async function handleAgain({ bot }: CogRig, messageId: string): Promise<void> {
  const channel = await bot.client.channels.fetch(SANDBOX_IDS.channels.general);
  if (!channel?.isTextBased()) throw new Error('no channel');
  await bot.dispatcher.handleMessage(await channel.messages.fetch(messageId));
}

/** Waits until the person is not banned any more. */
export async function unbanned({ sandbox }: CogRig, userId: string): Promise<void> {
  await sandbox.recorder.gateway.waitFor(
    ({ t, d }) => t === 'GUILD_BAN_REMOVE' && (d as { user: { id: string } }).user.id === userId,
  );
}
