import { type DataSource, type Migration, MigrationExecutor, type QueryRunner } from 'typeorm';

/** How the database and the program stand to each other. */
export interface MigrationStatus {
  /** Names of the migrations that were run, oldest first. */
  readonly applied: readonly string[];
  /** Those of the program that were not, in their order. */
  readonly pending: readonly Migration[];
  /** Applied ones that the program does not know: the database was used by a newer release. */
  readonly unknown: readonly string[];
}

/** Reads the status on the runner's connection; changes nothing, also when the database is empty. */
export async function readMigrationStatus(dataSource: DataSource, runner: QueryRunner): Promise<MigrationStatus> {
  const executor = new MigrationExecutor(dataSource, runner);
  const applied = (await executor.getExecutedMigrations()).map(({ name }) => name).reverse();
  const known = new Set(dataSource.migrations.map((migration) => migration.name ?? migration.constructor.name));
  return {
    applied,
    pending: await executor.getPendingMigrations(),
    unknown: applied.filter((name) => !known.has(name)),
  };
}

/** The migrations that were run, by name, in one text to compare. Where none ever was, there is no table, and it fails. */
export async function namesOfApplied(runner: QueryRunner): Promise<string> {
  const rows: { name: string }[] = await runner.query('SELECT name FROM migrations ORDER BY id');
  return rows.map(({ name }) => name).join('\n');
}
