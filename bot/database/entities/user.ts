import { Column, Entity, PrimaryColumn } from 'typeorm';
import { instantNow, snowflake } from './columns.js';

/** Somebody whom the bot has met, in whatever guild. */
@Entity('users')
export class User {
  @PrimaryColumn({ ...snowflake })
  id!: string;

  @Column({ name: 'first_seen_at', ...instantNow })
  firstSeenAt!: Date;

  @Column({ name: 'last_seen_at', ...instantNow })
  lastSeenAt!: Date;
}
