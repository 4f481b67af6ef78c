/** How figures and moments are written on the page. Pure; nothing here knows the document. */

/** `950 ms`, `2.4 s`, `12 s`, `3 min 5 s`, `4 d 1 h`: at most two units. */
export function formatDuration(ms: number): string {
  if (Math.round(ms) < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 9_950) return `${(ms / 1_000).toFixed(1)} s`;
  return formatSeconds(ms);
}

/** As {@link formatDuration} in whole seconds, for what counts up or down on the screen. */
export function formatSeconds(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  const units: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  const first = units.findIndex(([amount]) => amount > 0);
  if (first === -1) return '0 s';
  return units
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(' ');
}

/** `just now`, `12 s ago`, `3 h 5 min ago`. */
export function formatAge(ms: number): string {
  return ms < 1_500 ? 'just now' : `${formatSeconds(ms)} ago`;
}

/** `12.3 MB` (decimal, as operators' tools show it). */
export function formatBytes(bytes: number): string {
  if (bytes < 999_950) return `${(bytes / 1_000).toFixed(1)} kB`;
  return bytes < 999_950_000 ? `${(bytes / 1_000_000).toFixed(1)} MB` : `${(bytes / 1_000_000_000).toFixed(2)} GB`;
}

/** `1.4 ms`, `12 ms`, `1,234 ms`. */
export function formatMs(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${formatCount(Math.round(ms))} ms`;
}

/** `12,345` */
export function formatCount(count: number): string {
  return count.toLocaleString('en');
}

/** `1 job`, `3 jobs` */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

const pad = (part: number) => String(part).padStart(2, '0');

/** `15:04:09` where the reader is. */
export function formatTime(at: number): string {
  const date = new Date(at);
  return `${formatMinute(at)}:${pad(date.getSeconds())}`;
}

/** `15:04` where the reader is. */
export function formatMinute(at: number): string {
  const date = new Date(at);
  return `${pad(date.getHours())}:${pad(date.getMinutes())}`;
}

/** `15:04:09` for a moment of the same day, `21 Nov 15:04` for another one. */
export function formatMoment(at: number, now: number): string {
  const date = new Date(at);
  if (date.toDateString() === new Date(now).toDateString()) return formatTime(at);
  return `${date.getDate()} ${date.toLocaleString('en', { month: 'short' })} ${formatMinute(at)}`;
}

const INSTANT = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;

/** A sentence of the supervisor in which instants are written as {@link formatMoment} does. */
export function withLocalMoments(text: string, now: number): string {
  return text.replace(INSTANT, (instant) => formatMoment(Date.parse(instant), now));
}
