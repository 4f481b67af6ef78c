import { Column, Entity, PrimaryColumn } from 'typeorm';
import { snowflake } from './columns.js';

/** The role that members are given when they reach a level. */
@Entity('level_roles')
export class LevelRole {
  @PrimaryColumn({ name: 'guild_id', ...snowflake })
  guildId!: string;

  @PrimaryColumn({ type: 'integer' })
  level!: number;

  @Column({ name: 'role_id', ...snowflake })
  roleId!: string;
}
