import { type Guild, PermissionFlagsBits } from 'discord.js';
import type { DatabasePort } from '../../framework/bot-services.js';
import { describeDiscordFailure } from '../../framework/discord-failure.js';
import { snowflakeTimeMs } from '../../framework/event-age.js';
import { findMember } from '../find-member.js';

/** A case as the database gives it. */
export type CaseRecord = NonNullable<Awaited<ReturnType<DatabasePort['cases']['getById']>>>;
/** `ban`, `kick`, `warn` …; see {@link measures}. */
export type CaseType = CaseRecord['type'];

/** What Discord is told with an act. */
export interface ActDetails {
  readonly auditReason: string;
  /** Of a ban: how far back messages are deleted. */
  readonly deleteMessageSeconds: number;
}

/** How one kind of case is spoken of and carried out. */
export interface Measure {
  /** As in "I cannot … them". */
  readonly verb: string;
  /** As in "Bob was …". */
  readonly participle: string;
  /** Over a case: `Ban · case #3`. */
  readonly title: string;
  /** The permission that Discord asks of the bot; null: none. */
  readonly permission: bigint | null;
  readonly needsMember: boolean;
  /** Whether the person gets a direct message about it beforehand. */
  readonly isTold: boolean;
  /** Whether it stays in force, as a ban does. The case of a kick is closed as soon as it is carried out. */
  readonly lasts: boolean;
  /** The measures against the same person that it puts an end to. */
  readonly ends: readonly CaseType[];
  /** Does it at Discord; a second time does no harm. @throws whatever Discord answers */
  act(guild: Guild, record: CaseRecord, details: ActDetails): Promise<unknown>;
}

const { BanMembers, KickMembers, ModerateMembers } = PermissionFlagsBits;
const BANS: readonly CaseType[] = ['ban', 'tempban'];

function ban(guild: Guild, { userId }: CaseRecord, { auditReason, deleteMessageSeconds }: ActDetails) {
  return guild.bans.create(userId, { reason: auditReason, deleteMessageSeconds });
}

function timeout(guild: Guild, { userId }: CaseRecord, until: Date | null, reason: string) {
  return guild.members.edit(userId, { communicationDisabledUntil: until, reason });
}

/** Who has joined after the command was given was kicked by it before, and has come back. Both times are Discord's. */
async function kick(guild: Guild, { userId, eventKey }: CaseRecord, { auditReason }: ActDetails): Promise<void> {
  const member = await findMember(guild, userId, true);
  if (member === null) return;
  const joinedAt = member.joinedTimestamp ?? 0;
  if (eventKey !== null && joinedAt > snowflakeTimeMs(eventKey)) return;
  await guild.members.kick(userId, auditReason).catch(unless(UNKNOWN_MEMBER));
}

const common = { permission: BanMembers, needsMember: false, isTold: true, lasts: true, ends: BANS } as const;

/** Every kind of case; a note is no act, and nobody hears of it. */
export const measures: Readonly<Record<CaseType, Measure>> = {
  ban: { ...common, verb: 'ban', participle: 'banned', title: 'Ban', act: ban },
  tempban: { ...common, verb: 'ban', participle: 'banned', title: 'Temporary ban', act: ban },
  unban: {
    ...common,
    verb: 'unban',
    participle: 'unbanned',
    title: 'Unban',
    isTold: false,
    lasts: false,
    act: (guild, { userId }, { auditReason }) => guild.bans.remove(userId, auditReason).catch(unless(UNKNOWN_BAN)),
  },
  kick: {
    verb: 'kick',
    participle: 'kicked',
    title: 'Kick',
    permission: KickMembers,
    needsMember: true,
    isTold: true,
    lasts: false,
    ends: [],
    act: kick,
  },
  timeout: {
    verb: 'time out',
    participle: 'timed out',
    title: 'Time-out',
    permission: ModerateMembers,
    needsMember: true,
    isTold: true,
    lasts: true,
    ends: ['timeout'],
    act: (guild, record, { auditReason }) => timeout(guild, record, record.expiresAt, auditReason),
  },
  untimeout: {
    verb: 'end the time-out of',
    participle: 'freed from their time-out',
    title: 'End of time-out',
    permission: ModerateMembers,
    needsMember: true,
    isTold: false,
    lasts: false,
    ends: ['timeout'],
    act: (guild, record, { auditReason }) => timeout(guild, record, null, auditReason),
  },
  warn: {
    verb: 'warn',
    participle: 'warned',
    title: 'Warning',
    permission: null,
    needsMember: true,
    isTold: true,
    lasts: false,
    ends: [],
    act: async () => {},
  },
  note: {
    verb: 'note',
    participle: 'noted',
    title: 'Note',
    permission: null,
    needsMember: false,
    isTold: false,
    lasts: false,
    ends: [],
    act: async () => {},
  },
};

const UNKNOWN_MEMBER = 10_007;
/** Code of Discord's error when a ban is looked up or lifted that does not exist. */
export const UNKNOWN_BAN = 10_026;

/** Lets one answer of Discord pass, the one that says that all is as it should be. */
function unless(code: number): (error: unknown) => void {
  return (error) => {
    if (describeDiscordFailure(error).code !== code) throw error;
  };
}
