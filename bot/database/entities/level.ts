import { Column, Entity, PrimaryColumn } from 'typeorm';
import { instant, snowflake } from './columns.js';

/** How active a member of a guild is. */
@Entity('levels')
export class Level {
  @PrimaryColumn({ name: 'guild_id', ...snowflake })
  guildId!: string;

  @PrimaryColumn({ name: 'user_id', ...snowflake })
  userId!: string;

  @Column({ type: 'integer', default: 0 })
  xp!: number;

  @Column({ type: 'integer', default: 0 })
  level!: number;

  /** When xp was last earned, for the cooldown; null: never. */
  @Column({ name: 'last_xp_at', ...instant, nullable: true })
  lastXpAt!: Date | null;

  /** The message that earned it: the same message, seen again after a restart, earns nothing. */
  @Column({ name: 'last_event_id', ...snowflake, nullable: true })
  lastEventId!: string | null;

  /** The level before that message: a new level that was not celebrated before a crash is made up for. */
  @Column({ name: 'last_event_level', type: 'integer', nullable: true })
  lastEventLevel!: number | null;
}
