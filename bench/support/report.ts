/** What is measured, and by that which way is better. */
export type Unit = 'ms' | 'µs' | 'MiB' | '/s' | 'ms CPU/min' | 'wake-ups/s';

/** What a figure stands beside, measured in the same run. */
export interface Reference {
  /** Such as `pm2`, or `bare spawn`. */
  readonly name: string;
  readonly value: number;
  /**
   * `peer`: another program that does the same. `limit`: what the machine needs for it at the least. `scale`: only for orientation, as it
   * does less.
   */
  readonly kind: 'peer' | 'limit' | 'scale';
}

/** One line of a table. */
export interface Row {
  readonly what: string;
  readonly value: number;
  readonly unit: Unit;
  readonly references?: readonly Reference[];
}

/** How much more than a limit still counts as reaching it. */
const TOLERANCE = 1.1;
const WIDTHS = [58, 18, 34, 9, 8] as const;

/** Prints a table that is Markdown and can be read on a terminal as well. */
export function printTable(title: string, rows: readonly Row[]): void {
  console.log(`\n### ${title}\n`);
  printLine(['', 'Tux', 'beside', 'ratio', 'first']);
  printLine(WIDTHS.map((width) => '-'.repeat(width)));
  for (const row of rows) {
    const ours = amount(row.value, row.unit);
    const [first, ...more] = row.references ?? [];
    printLine(first ? [row.what, ours, ...compared(row, first)] : [row.what, ours, '', '', '']);
    for (const reference of more) printLine(['', '', ...compared(row, reference)]);
  }
}

/** Prints a remark or a part of what was measured, below a table. */
export function printNote(text: string): void {
  console.log(`  ${text}`);
}

/** A figure with as many digits as say something. */
export function amount(value: number, unit: Unit | '×'): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  const text = value >= 10_000 ? Math.round(value).toLocaleString('en-US') : value.toFixed(digits);
  return unit === '/s' ? `${text}/s` : `${text} ${unit}`;
}

function compared({ value, unit }: Row, { name, value: other, kind }: Reference): string[] {
  const isMoreBetter = unit === '/s';
  const worse = isMoreBetter ? other / value : value / other;
  const verdict = kind === 'scale' ? '' : worse <= (kind === 'limit' ? TOLERANCE : 1) ? 'yes' : 'no';
  return [`${name}: ${amount(other, unit)}`, other === 0 ? '' : amount(value / other, '×'), verdict];
}

function printLine(cells: readonly string[]): void {
  console.log(`| ${cells.map((cell, n) => cell.padEnd(WIDTHS[n] ?? 0)).join(' | ')} |`);
}
