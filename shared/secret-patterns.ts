/** Text that looks like a secret, whoever it belongs to. `$1` of the pattern stays, the rest is taken out, `tail` comes after it. */
interface SecretPattern {
  readonly pattern: RegExp;
  readonly tail?: string;
}

/** The last word of a name whose value is a secret: `SENTRY_AUTH_TOKEN`, `clientSecret`, but not `tokens`. */
export const SECRET_WORDS =
  'password|passwd|passphrase|pwd|secret|token|api[-_]?key|private[-_]?key|credentials?|authorization|cookie|dsn';

// Lines of the log quote what people write, so no pattern may take long, whatever it is given: what repeats is bounded, or
// cannot begin in what it has passed over. And lines of the log are JSON that must stay JSON: nothing consumes a quote that
// it does not put back, or half an escape (`\n` before a token is no part of it).

const WORD = `(?:${SECRET_WORDS})`;
/** A quote inside a JSON string, or one outside of JSON: after the end of a JSON string comes none of what follows here. */
const OPENING = `(?:'|\\\\(?:\\\\\\\\)?"|"(?![,:}\\]\\s]))`;
/** The beginning of a word, also right after an escape. */
const START = '(?:(?<![\\w\\\\-])|(?<=\\\\[bfnrt]))';
const IN_URL = `[^\\s/?#@"'\`<>\\\\]`;

export const secretPatterns: readonly SecretPattern[] = [
  // In these a password often stands as it is, with characters that a URL would not allow: up to the last `@`.
  {
    pattern:
      /((?:postgres(?:ql)?|mysql|mariadb|mongodb(?:\+srv)?|rediss?|amqps?):\/\/[^\s:/@"'`<>\\]{0,200}:)[^\s"'`<>\\]{1,300}@/gi,
    tail: '@',
  },
  // A password in any other URL.
  { pattern: new RegExp(`([a-z][a-z\\d+.-]{1,20}://[^\\s:/?#@"'\`<>\\\\]{0,200}:)${IN_URL}{1,300}@`, 'gi'), tail: '@' },
  // A user without a password, too long for a name: a key, as in the DSN of Sentry.
  { pattern: /([a-z][a-z\d+.-]{1,20}:\/\/)[\w-]{20,300}@/gi, tail: '@' },
  // Discord: webhooks, and the tokens of interactions, which stand at the same place.
  { pattern: /((?:\/|%2f)(?:webhooks|interactions)(?:\/|%2f)\d{15,20}(?:\/|%2f))[\w-]{20,}/gi },
  // Before what could take its first word for all of it: token=Bearer …
  { pattern: /(bearer\s{1,4})[\w.~+/-]{8,}=*/gi },
  // A field of JSON: "password":"…"
  { pattern: new RegExp(`(${WORD}"\\s{0,4}:\\s{0,4}")(?:[^"\\\\\\r\\n]|\\\\.)+`, 'gi') },
  // A field of JSON in JSON, or of a printed object: \"password\":\"…\", password: '…'
  { pattern: new RegExp(`(${WORD}(?:\\\\{0,3}["'])?\\s{0,4}:\\s{0,4}${OPENING})[^"'\\\\\\r\\n]+`, 'gi') },
  // A parameter: ?token=…&, password='…'
  { pattern: new RegExp(`(${WORD}(?:=|%3d)${OPENING}?)[^\\s"'\`&;,\\\\]+`, 'gi') },
  // Headers as they are sent, and as Node lists them: 'authorization', 'Bot …'
  { pattern: /(authorization\s{0,4}[:=]\s{0,4}(?:(?:bot|bearer|basic|digest|token)\s{1,4})?)[^\s"'`\\,;]+/gi },
  { pattern: /(cookie\s{0,4}:\s{0,4})[^\s"'`\\][^"'`\\\r\n]*/gi },
  { pattern: /((?:authorization|cookie)(\\{0,3}["'])\s{0,4},\s{0,4}\2)[^"'\\\r\n]+(?=\2(?!\s{0,4}:))/gi },
  // A token of Discord; discord.js shows one in its debug lines with stars for the last part.
  { pattern: new RegExp(`()${START}(?:mfa\\.[\\w-]{20,200}|[\\w-]{20,30}\\.[\\w-]{5,8}\\.[\\w*-]{20,})`, 'g') },
  // A JSON web token.
  { pattern: /()eyJ[\w-]{10,1000}\.[\w-]{10,1000}\.[\w-]{10,}/g },
];
