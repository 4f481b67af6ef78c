import { Column, Entity, PrimaryColumn } from 'typeorm';
import { snowflake } from './columns.js';

/** The rank that a command asks for in a guild. */
@Entity('permission_commands')
export class PermissionCommand {
  @PrimaryColumn({ name: 'guild_id', ...snowflake })
  guildId!: string;

  /** Full name, with the group of a subcommand: `config prefix`. */
  @PrimaryColumn({ type: 'varchar', length: 100 })
  command!: string;

  @Column({ type: 'smallint' })
  rank!: number;
}
