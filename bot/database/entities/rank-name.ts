import { Column, Entity, PrimaryColumn } from 'typeorm';
import { snowflake } from './columns.js';

/** What a guild calls one of its ranks. */
@Entity('permission_rank_names')
export class RankName {
  @PrimaryColumn({ name: 'guild_id', ...snowflake })
  guildId!: string;

  @PrimaryColumn({ type: 'smallint' })
  rank!: number;

  @Column({ type: 'varchar', length: 50 })
  name!: string;
}
