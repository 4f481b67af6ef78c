/** One word of a prefix command and where it stands, so that a rest option can take the original text from there. */
export interface Word {
  /** Without the quotes that held it together. */
  readonly text: string;
  /** True when the word began with a quote: then it is never read as `name=value`. */
  readonly isQuoted: boolean;
  readonly start: number;
  readonly end: number;
}

/** Straight and typographic quotes: phones turn the first into the second. */
const QUOTES: Readonly<Record<string, string>> = { '"': '"', '“': '”', '„': '“', '«': '»' };

/**
 * Splits a line into words. Quotes hold words together at the start of a word or after `name=`; a quote that is never
 * closed, or one in the middle of a word, is an ordinary character.
 */
export function splitWords(line: string): Word[] {
  const words: Word[] = [];
  const gap = /\s*/y;
  for (let at = 0; at < line.length; ) {
    gap.lastIndex = at;
    at += gap.exec(line)?.[0].length ?? 0;
    if (at >= line.length) break;
    const word = quotedWord(line, at) ?? namedQuotedWord(line, at) ?? plainWord(line, at);
    words.push(word);
    at = word.end;
  }
  return words;
}

function plainWord(line: string, start: number): Word {
  const pattern = /\S+/y;
  pattern.lastIndex = start;
  const text = pattern.exec(line)?.[0] ?? '';
  return { text, isQuoted: false, start, end: start + text.length };
}

/** A word in quotes; the closing one must be followed by white space or the end. */
function quotedWord(line: string, start: number): Word | null {
  const close = QUOTES[line[start] ?? ''];
  if (close === undefined) return null;
  const end = line.indexOf(close, start + 1);
  const isClosed = end !== -1 && /^\s?$/.test(line[end + 1] ?? '');
  return isClosed ? { text: line.slice(start + 1, end), isQuoted: true, start, end: end + 1 } : null;
}

/** `name="several words"`. */
function namedQuotedWord(line: string, start: number): Word | null {
  const pattern = /[a-z][\w-]{0,31}=/iy;
  pattern.lastIndex = start;
  const name = pattern.exec(line)?.[0];
  if (name === undefined) return null;
  const value = quotedWord(line, start + name.length);
  return value && { text: name + value.text, isQuoted: false, start, end: value.end };
}
