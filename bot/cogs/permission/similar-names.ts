const MAX_NAMES = 3;

/** The names that somebody may have meant by `typed`, the closest first; each also goes by its last word. */
export function similarNames(typed: string, names: readonly string[]): string[] {
  const tolerance = Math.max(1, Math.floor(typed.length / 3));
  return names
    .map((name) => ({ name, distance: distanceTo(name, typed) }))
    .filter(({ distance }) => distance <= tolerance)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, MAX_NAMES)
    .map(({ name }) => name);
}

function distanceTo(name: string, typed: string): number {
  return Math.min(...new Set([name, name.split(' ').at(-1) ?? name].map((form) => editDistance(form, typed))));
}

/** How many letters must be put in, taken out, changed, or swapped with the next one to get from one word to the other. */
function editDistance(from: string, to: string): number {
  const table: number[][] = [];
  const at = (row: number, column: number) => table[row]?.[column] ?? Math.max(row, column);
  for (let row = 1; row <= from.length; row += 1) {
    const distances = [row];
    table[row] = distances;
    for (let column = 1; column <= to.length; column += 1) {
      const isSame = from[row - 1] === to[column - 1];
      const isSwapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      distances[column] = Math.min(
        at(row - 1, column) + 1,
        at(row, column - 1) + 1,
        at(row - 1, column - 1) + (isSame ? 0 : 1),
        isSwapped ? at(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
  }
  return at(from.length, to.length);
}
