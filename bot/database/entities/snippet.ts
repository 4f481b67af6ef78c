import { Column, Entity, PrimaryColumn } from 'typeorm';
import { instantNow, snowflake } from './columns.js';

/** A text that members call up by name, or another name for one. */
@Entity('snippets')
export class Snippet {
  @PrimaryColumn({ name: 'guild_id', ...snowflake })
  guildId!: string;

  @PrimaryColumn({ type: 'varchar', length: 50 })
  name!: string;

  /** null exactly when {@link aliasOf} is set. */
  @Column({ type: 'text', nullable: true })
  content!: string | null;

  /** Name of the snippet that this one stands for. */
  @Column({ name: 'alias_of', type: 'varchar', length: 50, nullable: true })
  aliasOf!: string | null;

  @Column({ name: 'author_id', ...snowflake })
  authorId!: string;

  @Column({ type: 'integer', default: 0 })
  uses!: number;

  @Column({ name: 'created_at', ...instantNow })
  createdAt!: Date;
}
