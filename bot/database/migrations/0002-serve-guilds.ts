import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the cogs for whole servers need: log channels, greetings, level roles, names of ranks, absences, polls. */
export class ServeGuilds implements MigrationInterface {
  /** TypeORM orders migrations by the last 13 digits. */
  readonly name = 'ServeGuilds1767225600002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE guild_config
        ADD activity_log_channel_id varchar(20),
        ADD welcome_channel_id varchar(20),
        ADD welcome_message text,
        ADD levels_enabled boolean NOT NULL DEFAULT true,
        ADD level_ups_announced boolean NOT NULL DEFAULT true`);
    await runner.query('ALTER TABLE cases ADD log_channel_id varchar(20), ADD log_message_id varchar(20)');
    await this.#addCaseStatuses(runner);
    await runner.query(`
      CREATE INDEX cases_open_expiry ON cases (expires_at) WHERE status = 'open' AND expires_at IS NOT NULL`);
    await runner.query('ALTER TABLE levels ADD last_event_id varchar(20), ADD last_change_id varchar(20)');
    await runner.query('ALTER TABLE snippets ADD last_use_id varchar(20)');
    await runner.query(`
      CREATE TABLE level_roles (
        guild_id varchar(20) NOT NULL,
        level integer NOT NULL,
        role_id varchar(20) NOT NULL,
        PRIMARY KEY (guild_id, level),
        CONSTRAINT level_roles_level CHECK (level > 0)
      )`);
    await runner.query(`
      CREATE TABLE permission_rank_names (
        guild_id varchar(20) NOT NULL,
        rank smallint NOT NULL,
        name varchar(50) NOT NULL,
        PRIMARY KEY (guild_id, rank),
        CONSTRAINT permission_rank_names_range CHECK (rank BETWEEN 0 AND 10)
      )`);
    await runner.query(`
      CREATE TABLE absences (
        guild_id varchar(20) NOT NULL,
        user_id varchar(20) NOT NULL,
        reason text NOT NULL,
        since timestamptz NOT NULL,
        PRIMARY KEY (guild_id, user_id)
      )`);
    await this.#createPolls(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE poll_votes, polls, absences, permission_rank_names, level_roles');
    await runner.query('ALTER TABLE snippets DROP last_use_id');
    await runner.query('ALTER TABLE levels DROP last_event_id, DROP last_change_id');
    await runner.query('DROP INDEX cases_open_expiry, cases_pending');
    await runner.query("UPDATE cases SET status = 'closed' WHERE status NOT IN ('open', 'closed')");
    await runner.query("ALTER TABLE cases ALTER status SET DEFAULT 'open', DROP CONSTRAINT cases_status");
    await runner.query("ALTER TABLE cases ADD CONSTRAINT cases_status CHECK (status IN ('open', 'closed'))");
    await runner.query('ALTER TABLE cases DROP log_channel_id, DROP log_message_id');
    await runner.query(`
      ALTER TABLE guild_config
        DROP activity_log_channel_id, DROP welcome_channel_id, DROP welcome_message, DROP levels_enabled,
        DROP level_ups_announced`);
  }

  /** A case is written before the act, so it has to say whether the act took place. */
  async #addCaseStatuses(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER TABLE cases ALTER status SET DEFAULT 'pending', DROP CONSTRAINT cases_status");
    await runner.query(`
      ALTER TABLE cases ADD CONSTRAINT cases_status CHECK (status IN ('pending', 'open', 'closed', 'void'))`);
    await runner.query("CREATE INDEX cases_pending ON cases (created_at) WHERE status = 'pending'");
  }

  async #createPolls(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE polls (
        id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        guild_id varchar(20) NOT NULL,
        channel_id varchar(20) NOT NULL,
        message_id varchar(20),
        author_id varchar(20) NOT NULL,
        question text NOT NULL,
        answers jsonb NOT NULL,
        event_key varchar(100) NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        ends_at timestamptz,
        closed_at timestamptz,
        CONSTRAINT polls_event_key UNIQUE (event_key)
      )`);
    await runner.query(`
      CREATE TABLE poll_votes (
        poll_id integer NOT NULL REFERENCES polls (id) ON DELETE CASCADE,
        user_id varchar(20) NOT NULL,
        answer smallint NOT NULL,
        PRIMARY KEY (poll_id, user_id)
      )`);
  }
}
