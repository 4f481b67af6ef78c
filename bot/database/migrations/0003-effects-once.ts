import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What an event needs that is handled once more by the next worker: a memory of what it did, and of what was before it. */
export class EffectsOnce implements MigrationInterface {
  /** TypeORM orders migrations by the last 13 digits. */
  readonly name = 'EffectsOnce1767225600003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE handled_effects (
        key varchar(100) PRIMARY KEY,
        result jsonb,
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query('CREATE INDEX handled_effects_age ON handled_effects (created_at)');
    await runner.query('ALTER TABLE guild_config ADD previous_prefix varchar(10), ADD prefix_event_id varchar(20)');
    await runner.query('ALTER TABLE levels ADD last_event_level integer, DROP last_change_id');
    await runner.query('ALTER TABLE snippets DROP last_use_id');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE snippets ADD last_use_id varchar(20)');
    await runner.query('ALTER TABLE levels ADD last_change_id varchar(20), DROP last_event_level');
    await runner.query('ALTER TABLE guild_config DROP prefix_event_id, DROP previous_prefix');
    await runner.query('DROP TABLE handled_effects');
  }
}
