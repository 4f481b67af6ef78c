import { Column, Entity, PrimaryColumn } from 'typeorm';
import { instant, snowflake } from './columns.js';

/** A member of a guild who said to be away (`$afk`). */
@Entity('absences')
export class Absence {
  @PrimaryColumn({ name: 'guild_id', ...snowflake })
  guildId!: string;

  @PrimaryColumn({ name: 'user_id', ...snowflake })
  userId!: string;

  @Column({ type: 'text' })
  reason!: string;

  @Column({ ...instant })
  since!: Date;
}
