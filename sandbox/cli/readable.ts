/** What ids stand for, as `GET /names` answers: `@alice`, `@Moderator`, `#general`. */
export type Names = Readonly<Record<string, string>>;

const MARKUP = /<(?:@[!&]?|#)(\d{17,20})>|<a?(:\w+:)\d+>|<t:(-?\d+)(?::(\w))?>/g;

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always' });
const steps = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** Text as Discord shows it: mentions by their names, moments as words. An id without a name stays as it is. */
export function readable(text: string, names: Names, now: Date): string {
  return text.replace(MARKUP, (markup, id?: string, emoji?: string, seconds?: string, style?: string) => {
    if (id !== undefined) return names[id] ?? markup;
    return emoji ?? moment(Number(seconds), style, now);
  });
}

/** One of Discord's styles: `R` is relative, `d`/`D` are dates, `t`/`T` times of day, all others both. */
function moment(seconds: number, style: string | undefined, now: Date): string {
  if (style === 'R') return distance(seconds - Math.floor(now.getTime() / 1_000));
  const isDate = style?.toLowerCase() === 'd';
  const isTime = style?.toLowerCase() === 't';
  return new Date(seconds * 1_000).toLocaleString('en-GB', {
    ...(!isTime && { dateStyle: 'long' }),
    ...(!isDate && { timeStyle: style === 'T' ? 'medium' : 'short' }),
  });
}

/** @param seconds negative when it is past. */
function distance(seconds: number): string {
  const [unit, size] = steps.find(([, each]) => Math.abs(seconds) >= each) ?? ['second', 1];
  return relative.format(Math.round(seconds / size), unit);
}
