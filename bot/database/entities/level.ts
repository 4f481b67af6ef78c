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

  /** The command that last changed the xp by hand: a command that is handled again changes nothing. */
  @Column({ name: 'last_change_id', ...snowflake, nullable: true })
  lastChangeId!: string | null;
}
