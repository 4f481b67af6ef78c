import { Column, Entity, PrimaryColumn } from 'typeorm';
import { snowflake } from './columns.js';

/** Gives the members that have a role a rank, from 0 (everybody) to 10. */
@Entity('permission_ranks')
export class PermissionRank {
  @PrimaryColumn({ name: 'guild_id', ...snowflake })
  guildId!: string;

  @PrimaryColumn({ name: 'role_id', ...snowflake })
  roleId!: string;

  @Column({ type: 'smallint' })
  rank!: number;
}
