import { Column, Entity, PrimaryColumn } from 'typeorm';
import { instantNow, snowflake } from './columns.js';

/** The settings of one guild. */
@Entity('guild_config')
export class GuildConfig {
  @PrimaryColumn({ name: 'guild_id', ...snowflake })
  guildId!: string;

  /** null: the default prefix. */
  @Column({ type: 'varchar', length: 10, nullable: true })
  prefix!: string | null;

  /** What held before {@link prefixEventId}; null: the default prefix. */
  @Column({ name: 'previous_prefix', type: 'varchar', length: 10, nullable: true })
  previousPrefix!: string | null;

  /** The message or interaction that changed the prefix last: earlier messages are read with `previousPrefix`. */
  @Column({ name: 'prefix_event_id', ...snowflake, nullable: true })
  prefixEventId!: string | null;

  /** Where moderation is reported; null: nowhere. */
  @Column({ name: 'mod_log_channel_id', ...snowflake, nullable: true })
  modLogChannelId!: string | null;

  /** Where joins, leaves, edits and deletions are reported; null: nowhere. */
  @Column({ name: 'activity_log_channel_id', ...snowflake, nullable: true })
  activityLogChannelId!: string | null;

  /** Where new members are greeted; null: nowhere. */
  @Column({ name: 'welcome_channel_id', ...snowflake, nullable: true })
  welcomeChannelId!: string | null;

  /** With `{user}`, `{server}` and `{count}`; null: the usual greeting. */
  @Column({ name: 'welcome_message', type: 'text', nullable: true })
  welcomeMessage!: string | null;

  /** Whether members earn xp here. */
  @Column({ name: 'levels_enabled', type: 'boolean', default: true })
  levelsEnabled!: boolean;

  /** Whether a new level is announced where it was reached. */
  @Column({ name: 'level_ups_announced', type: 'boolean', default: true })
  levelUpsAnnounced!: boolean;

  /** Number of the guild's newest case. Its row lock is what makes case numbers gapless under concurrency. */
  @Column({ name: 'case_counter', type: 'integer', default: 0 })
  caseCounter!: number;

  @Column({ name: 'created_at', ...instantNow })
  createdAt!: Date;

  @Column({ name: 'updated_at', ...instantNow })
  updatedAt!: Date;
}
