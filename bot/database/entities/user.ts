import { Column, Entity, PrimaryColumn } from 'typeorm';
import { instantNow, snowflake } from './columns.js';

/**
 * Somebody whom the bot has met, in whatever guild: what a cog's own table of people refers to. No cog of Tux itself keeps anything of a
 * person beyond one guild, so none writes it: who is where is not collected without a need.
 */
@Entity('users')
export class User {
  @PrimaryColumn({ ...snowflake })
  id!: string;

  @Column({ name: 'first_seen_at', ...instantNow })
  firstSeenAt!: Date;

  @Column({ name: 'last_seen_at', ...instantNow })
  lastSeenAt!: Date;
}
