import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn, Unique } from 'typeorm';
import { instant, instantNow, snowflake } from './columns.js';

/** A question with up to ten answers to choose from. */
@Entity('polls')
@Unique('polls_event_key', ['eventKey'])
export class Poll {
  @PrimaryGeneratedColumn({ type: 'integer' })
  id!: number;

  @Column({ name: 'guild_id', ...snowflake })
  guildId!: string;

  @Column({ name: 'channel_id', ...snowflake })
  channelId!: string;

  /** The message that shows it; null until it was posted. */
  @Column({ name: 'message_id', ...snowflake, nullable: true })
  messageId!: string | null;

  @Column({ name: 'author_id', ...snowflake })
  authorId!: string;

  @Column({ type: 'text' })
  question!: string;

  @Column({ type: 'jsonb' })
  answers!: string[];

  /** The Discord event that asked for it: the same event never makes a second poll. */
  @Column({ name: 'event_key', type: 'varchar', length: 100 })
  eventKey!: string;

  @Column({ name: 'created_at', ...instantNow })
  createdAt!: Date;

  /** null: until somebody closes it. */
  @Column({ name: 'ends_at', ...instant, nullable: true })
  endsAt!: Date | null;

  @Column({ name: 'closed_at', ...instant, nullable: true })
  closedAt!: Date | null;
}

/** The one answer that somebody chose. */
@Entity('poll_votes')
export class PollVote {
  @PrimaryColumn({ name: 'poll_id', type: 'integer' })
  pollId!: number;

  @PrimaryColumn({ name: 'user_id', ...snowflake })
  userId!: string;

  /** Index into the answers. */
  @Column({ type: 'smallint' })
  answer!: number;
}
