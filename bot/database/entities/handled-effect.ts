import { Column, Entity, PrimaryColumn } from 'typeorm';
import { instantNow } from './columns.js';

/** Something that an event of Discord has done to the database: kept for a day, so that the event handled again finds it. */
@Entity('handled_effects')
export class HandledEffect {
  /** Follows from the event. */
  @PrimaryColumn({ type: 'varchar', length: 100 })
  key!: string;

  /** What came of it, so that the second run can give the same answer; null: nothing to be told. */
  @Column({ type: 'jsonb', nullable: true })
  result!: unknown;

  @Column({ name: 'created_at', ...instantNow })
  createdAt!: Date;
}
