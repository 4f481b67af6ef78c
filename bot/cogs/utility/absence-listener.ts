import type { Message } from 'discord.js';
import type { BotServices } from '../../framework/bot-services.js';
import { defineListener } from '../../framework/cog.js';
import { commandLineOf } from '../../framework/command-line.js';
import { isDelivered } from '../../framework/delivery.js';
import { effectKeyOf } from '../../framework/effect-key.js';
import { snowflakeTimeMs } from '../../framework/event-age.js';
import type { OutgoingMessage } from '../../framework/outgoing-message.js';
import { perRun } from '../../framework/per-run.js';
import { absenceNotice, endsAbsence, returnNotice } from './absence-policy.js';
import { absencesOf } from './absences.js';
import { afkCommand } from './afk.js';
import { NoticeMemory } from './notice-memory.js';

/** Between two notices about the same member in the same channel. */
const QUIET_MS = 5 * 60_000;

const noticesOf = perRun(() => new NoticeMemory(QUIET_MS));

/** Who writes is back; who mentions somebody absent is told. */
export const absenceListener = defineListener('messageCreate', async (services, message) => {
  const { isReplaying } = services.gateway;
  const { author, guildId, webhookId, system } = message;
  if (guildId === null || author.bot || webhookId !== null || system) return;
  await welcomeBack(services, message, guildId, isReplaying);
  await tellAboutMentioned(services, message, guildId);
});

async function welcomeBack(services: BotServices, message: Message, guildId: string, isReplayed: boolean) {
  const atMs = snowflakeTimeMs(message.id);
  const ended = await endAbsence(services, message, guildId, isReplayed);
  if (ended) await post(services, message, { content: returnNotice(ended, atMs) }, 0);
}

/** The absence that a message puts an end to; told again after a crash, the same one. */
async function endAbsence(services: BotServices, message: Message, guildId: string, isReplayed: boolean) {
  const absences = absencesOf(services);
  const event = { services, effectKey: (index: number) => effectKeyOf(message.id, index, 'a') };
  const ended = isReplayed ? await absences.endedBy(event) : null;
  if (ended) return ended;
  const absentee = (await absences.of(guildId)).get(message.author.id);
  const atMs = snowflakeTimeMs(message.id);
  if (!absentee || !endsAbsence(absentee, atMs) || (await isAfkCommand(services, message))) return null;
  return absences.end(event, guildId, absentee, atMs);
}

async function tellAboutMentioned(services: BotServices, message: Message, guildId: string): Promise<void> {
  const mentioned = [...message.mentions.users.keys()].filter((userId) => userId !== message.author.id);
  if (mentioned.length === 0) return;
  const absences = await absencesOf(services).of(guildId);
  const notices = noticesOf(services);
  const absentees = mentioned
    .flatMap((userId) => absences.get(userId) ?? [])
    .filter(({ userId }) => notices.isNews(`${message.channelId} ${userId}`, services.clock.monotonic()));
  if (absentees.length === 0) return;
  const notice = { content: absenceNotice(absentees) };
  await post(services, message, notice, 1);
}

/** There are channels in which the bot reads and may not write: then nobody is told. */
async function post({ messenger }: BotServices, { id, channelId }: Message, notice: OutgoingMessage, index: number) {
  await isDelivered(() => messenger.send(channelId, notice, effectKeyOf(id, index, 'a')));
}

/** Who only gives another reason is still away. */
async function isAfkCommand({ prefixes, commands }: BotServices, message: Message): Promise<boolean> {
  const line = await commandLineOf(message, prefixes);
  const found = line === null ? null : commands.findByLine(line);
  return found !== null && 'command' in found && found.command === afkCommand;
}
