/** The number behind `--` on the command line. @throws when it is none, or not above zero. */
export function countArgument(byDefault: number): number {
  const [, , text] = process.argv;
  const count = Number(text ?? byDefault);
  if (!(count > 0)) throw new Error(`not a number above zero: ${text}`);
  return count;
}
