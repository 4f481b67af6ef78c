import { Column, Entity, PrimaryGeneratedColumn, Unique } from 'typeorm';
import { instant, instantNow, snowflake } from './columns.js';

export type CaseType = 'ban' | 'tempban' | 'unban' | 'kick' | 'timeout' | 'untimeout' | 'warn' | 'note';
/**
 * `pending`: recorded, not known to be carried out. `open`: in force. `closed`: over and done with. `void`: Discord refused
 * it, or it was never carried out; its number stays taken.
 */
export type CaseStatus = 'pending' | 'open' | 'closed' | 'void';

/** One act of moderation. */
@Entity('cases')
@Unique('cases_guild_number', ['guildId', 'number'])
@Unique('cases_event_key', ['eventKey'])
export class Case {
  @PrimaryGeneratedColumn({ type: 'integer' })
  id!: number;

  @Column({ name: 'guild_id', ...snowflake })
  guildId!: string;

  /** Counts from 1 in each guild; what people call the case by. */
  @Column({ type: 'integer' })
  number!: number;

  @Column({ type: 'varchar', length: 20 })
  type!: CaseType;

  @Column({ type: 'varchar', length: 10, default: 'pending' })
  status!: CaseStatus;

  /** Whom it is about. */
  @Column({ name: 'user_id', ...snowflake })
  userId!: string;

  @Column({ name: 'moderator_id', ...snowflake })
  moderatorId!: string;

  @Column({ type: 'text' })
  reason!: string;

  /** The Discord event that caused it (e.g. the id of the message): the same event never makes a second case. */
  @Column({ name: 'event_key', type: 'varchar', length: 100, nullable: true })
  eventKey!: string | null;

  @Column({ name: 'created_at', ...instantNow })
  createdAt!: Date;

  /** When the measure ends by itself; null: never. */
  @Column({ name: 'expires_at', ...instant, nullable: true })
  expiresAt!: Date | null;

  /** The message in the log channel that shows the case, so that an edited reason shows there, too. */
  @Column({ name: 'log_channel_id', ...snowflake, nullable: true })
  logChannelId!: string | null;

  @Column({ name: 'log_message_id', ...snowflake, nullable: true })
  logMessageId!: string | null;
}
