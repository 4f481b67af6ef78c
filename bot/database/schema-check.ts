import type { DataSource, QueryRunner } from 'typeorm';

/** One column as PostgreSQL describes it. */
export interface ColumnFacts {
  readonly table: string;
  readonly column: string;
  /** As in information_schema, with the length: `character varying(20)`, `timestamp with time zone`. */
  readonly type: string;
  readonly isNullable: boolean;
}

/**
 * What is wrong with the tables, one sentence per problem; empty when every expected column is there with its type.
 * Tables and columns that nobody expects are no problem: they may belong to somebody else.
 */
export function compareSchema(expected: readonly ColumnFacts[], actual: readonly ColumnFacts[]): string[] {
  const actualTables = new Set(actual.map(({ table }) => table));
  const actualColumns = new Map(actual.map((facts) => [keyOf(facts), facts]));
  const missingTables = [...new Set(expected.map(({ table }) => table))].filter((table) => !actualTables.has(table));
  const problems = missingTables.map((table) => `table ${table} is missing`);
  for (const wanted of expected) {
    if (!actualTables.has(wanted.table)) continue;
    const problem = compareColumn(wanted, actualColumns.get(keyOf(wanted)));
    if (problem !== undefined) problems.push(problem);
  }
  return problems;
}

function compareColumn(wanted: ColumnFacts, found: ColumnFacts | undefined): string | undefined {
  const name = keyOf(wanted);
  if (found === undefined) return `column ${name} is missing`;
  if (found.type !== wanted.type) return `column ${name} is ${found.type}, expected ${wanted.type}`;
  if (found.isNullable !== wanted.isNullable) {
    return `column ${name} is ${nullability(found)}, expected ${nullability(wanted)}`;
  }
  return undefined;
}

function keyOf({ table, column }: ColumnFacts): string {
  return `${table}.${column}`;
}

function nullability({ isNullable }: ColumnFacts): string {
  return isNullable ? 'NULL' : 'NOT NULL';
}

/** Compares the entities with the tables of the connection's schema. Reads only. */
export async function findSchemaProblems(dataSource: DataSource, runner: QueryRunner): Promise<string[]> {
  return compareSchema(expectedColumns(dataSource), await actualColumns(runner));
}

function expectedColumns(dataSource: DataSource): ColumnFacts[] {
  return dataSource.entityMetadatas.flatMap(({ tableName, columns }) =>
    columns.map((column) => ({
      table: tableName,
      column: column.databaseName,
      type: withLength(dataSource.driver.normalizeType(column), column.length || null),
      isNullable: column.isNullable,
    })),
  );
}

interface InformationSchemaRow {
  readonly table_name: string;
  readonly column_name: string;
  readonly data_type: string;
  readonly character_maximum_length: number | null;
  readonly is_nullable: 'YES' | 'NO';
}

async function actualColumns(runner: QueryRunner): Promise<ColumnFacts[]> {
  const rows: InformationSchemaRow[] = await runner.query(
    `SELECT table_name, column_name, data_type, character_maximum_length, is_nullable
       FROM information_schema.columns WHERE table_schema = current_schema()`,
  );
  return rows.map((row) => ({
    table: row.table_name,
    column: row.column_name,
    type: withLength(row.data_type, row.character_maximum_length),
    isNullable: row.is_nullable === 'YES',
  }));
}

function withLength(type: string, length: number | string | null): string {
  return length === null ? type : `${type}(${length})`;
}
