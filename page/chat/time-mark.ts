const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always' });
const units = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/**
 * A time mark (`<t:1234567890:R>`) as Discord shows it, in the reader's time zone.
 *
 * @param at milliseconds since the epoch.
 * @param style Discord's letter; R is relative, d/D are dates, t/T times of day, F has the day of the week, all others both.
 */
export function formatTimeMark(at: number, style: string, now: number): string {
  if (style === 'R') return distance(Math.round((at - now) / 1_000));
  const dateStyle = ({ d: 'short', D: 'long', F: 'full' } as const)[style] ?? 'long';
  const isTime = style.toLowerCase() === 't';
  const isDate = style.toLowerCase() === 'd';
  const options: Intl.DateTimeFormatOptions = {};
  if (!isTime) options.dateStyle = dateStyle;
  if (!isDate) options.timeStyle = style === 'T' ? 'medium' : 'short';
  return new Date(at).toLocaleString('en-GB', options);
}

/** @param seconds negative when it is past. */
function distance(seconds: number): string {
  const [unit, size] = units.find(([, each]) => Math.abs(seconds) >= each) ?? ['second', 1];
  return relative.format(Math.round(seconds / size), unit);
}
