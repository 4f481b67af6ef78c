import type { ColumnOptions } from 'typeorm';

/**
 * Discord's ids (snowflakes) are 64-bit numbers that no JavaScript number can hold, and discord.js gives them as strings.
 * They are kept as `varchar(20)`: strings go in, the same strings come out, and no driver setting can turn one into a
 * rounded number. They are never ordered or calculated with in SQL.
 */
export const snowflake = { type: 'varchar', length: 20 } as const satisfies ColumnOptions;

/** Instants; `Date` in code, UTC in the database. */
export const instant = { type: 'timestamptz' } as const satisfies ColumnOptions;

/** The same, set by the database when the row is written without a value. */
export const instantNow = { type: 'timestamptz', default: () => 'now()' } as const satisfies ColumnOptions;
