import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The tables of the first release. */
export class CreateTables implements MigrationInterface {
  /** TypeORM orders migrations by the last 13 digits. */
  readonly name = 'CreateTables1767225600001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE users (
        id varchar(20) PRIMARY KEY,
        first_seen_at timestamptz NOT NULL DEFAULT now(),
        last_seen_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`
      CREATE TABLE guild_config (
        guild_id varchar(20) PRIMARY KEY,
        prefix varchar(10),
        mod_log_channel_id varchar(20),
        case_counter integer NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`
      CREATE TABLE cases (
        id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        guild_id varchar(20) NOT NULL REFERENCES guild_config (guild_id),
        number integer NOT NULL,
        type varchar(20) NOT NULL,
        status varchar(10) NOT NULL DEFAULT 'open',
        user_id varchar(20) NOT NULL,
        moderator_id varchar(20) NOT NULL,
        reason text NOT NULL,
        event_key varchar(100),
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz,
        CONSTRAINT cases_guild_number UNIQUE (guild_id, number),
        CONSTRAINT cases_event_key UNIQUE (event_key),
        CONSTRAINT cases_status CHECK (status IN ('open', 'closed'))
      )`);
    await runner.query('CREATE INDEX cases_guild_user ON cases (guild_id, user_id)');
    await runner.query(`
      CREATE TABLE levels (
        guild_id varchar(20) NOT NULL,
        user_id varchar(20) NOT NULL,
        xp integer NOT NULL DEFAULT 0,
        level integer NOT NULL DEFAULT 0,
        last_xp_at timestamptz,
        PRIMARY KEY (guild_id, user_id)
      )`);
    await runner.query('CREATE INDEX levels_guild_xp ON levels (guild_id, xp DESC)');
    await this.#createPermissions(runner);
    await this.#createSnippets(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'DROP TABLE snippets, permission_commands, permission_ranks, levels, cases, guild_config, users',
    );
  }

  async #createPermissions(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE permission_ranks (
        guild_id varchar(20) NOT NULL,
        role_id varchar(20) NOT NULL,
        rank smallint NOT NULL,
        PRIMARY KEY (guild_id, role_id),
        CONSTRAINT permission_ranks_range CHECK (rank BETWEEN 0 AND 10)
      )`);
    await runner.query(`
      CREATE TABLE permission_commands (
        guild_id varchar(20) NOT NULL,
        command varchar(100) NOT NULL,
        rank smallint NOT NULL,
        PRIMARY KEY (guild_id, command),
        CONSTRAINT permission_commands_range CHECK (rank BETWEEN 0 AND 10)
      )`);
  }

  async #createSnippets(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE snippets (
        guild_id varchar(20) NOT NULL,
        name varchar(50) NOT NULL,
        content text,
        alias_of varchar(50),
        author_id varchar(20) NOT NULL,
        uses integer NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (guild_id, name),
        CONSTRAINT snippets_content_or_alias CHECK ((content IS NULL) <> (alias_of IS NULL)),
        CONSTRAINT snippets_alias FOREIGN KEY (guild_id, alias_of) REFERENCES snippets (guild_id, name) ON DELETE CASCADE
      )`);
  }
}
