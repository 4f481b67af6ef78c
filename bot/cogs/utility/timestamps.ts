/** A date that each reader's client shows in their own language and time zone, and how long ago that is. */
export function dateAndAge(date: Date): string {
  const seconds = Math.floor(date.getTime() / 1_000);
  return `<t:${seconds}:D> (<t:${seconds}:R>)`;
}
