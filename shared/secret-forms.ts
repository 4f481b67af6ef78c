/** Shorter ones would riddle ordinary text. */
const SHORTEST_SECRET = 6;
/** The part of a base64 text that is certain must be longer than an accident. */
const SHORTEST_BASE64 = 8;

/**
 * Everything that a secret looks like where it may turn up: as it is, in JSON (also in JSON within JSON), in a URL (percent
 * encoding has several dialects), and in base64, by itself or anywhere inside of something longer such as `user:password`.
 * Nothing for a secret of less than 6 characters.
 */
export function secretForms(secret: string): string[] {
  if (secret.length < SHORTEST_SECRET) return [];
  const json = inJson(secret);
  const forms = [secret, json, inJson(json), ...inUrls(Buffer.from(secret).toString()), ...inBase64(secret)];
  return [...new Set(forms)];
}

/** Matches every form of every secret, the longest first; null when there is nothing to look for. */
export function secretMatcher(secrets: readonly string[]): RegExp | null {
  const forms = [...new Set(secrets.flatMap(secretForms))].sort((one, other) => other.length - one.length);
  return forms.length === 0 ? null : new RegExp(forms.map(escapeForRegExp).join('|'), 'g');
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** @param secret without half characters, which no URL can hold. */
function inUrls(secret: string): string[] {
  const url = new URL('http://localhost');
  url.password = secret;
  const encoded = [
    encodeURIComponent(secret),
    encodeURI(secret),
    new URLSearchParams({ s: secret }).toString().slice('s='.length),
    url.password,
  ];
  return encoded.flatMap((form) => [form, form.replace(/%[\dA-F]{2}/g, (code) => code.toLowerCase())]);
}

/**
 * Three bytes become four characters, so what the secret becomes depends on where it begins. At its two ends it shares a
 * character with its neighbours; that one stays.
 */
function inBase64(secret: string): string[] {
  const forms = [0, 1, 2].map((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
    const first = Math.ceil((before * 8) / 6);
    return bytes.toString('base64').slice(first, Math.floor((bytes.length * 8) / 6));
  });
  const long = forms.filter((form) => form.length >= SHORTEST_BASE64);
  return long.flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')]);
}

function escapeForRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
