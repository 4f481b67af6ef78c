/** What stands in for a secret wherever one would have appeared. */
export const REDACTED = '[redacted]';

/** discord.js shows the token in its debug lines with stars for the last part; what is left is still nobody's business. */
const DISCORD_TOKEN = /\b[\w-]{20,30}\.[\w-]{6,7}\.[\w*-]{20,}/g;
const URL_PASSWORD = /\b([a-z][a-z\d+.-]*:\/\/[^\s:/@]*):[^\s@/]+@/gi;
const BEARER = /\b(Bot|Bearer)\s+[\w.~+/-]{8,}=*/g;
const WEBHOOK = /(\/webhooks\/\d{17,20})\/[\w-]{20,}/g;

/**
 * Takes secrets out of text that is about to be written or shown: Discord tokens, passwords in connection strings,
 * authorization headers, webhook tokens, and every literal in `known` (the configured secrets themselves).
 */
export function redact(text: string, known: readonly string[] = []): string {
  let result = text;
  for (const secret of known) {
    if (secret.length >= 6) result = result.replaceAll(secret, REDACTED);
  }
  return result
    .replace(URL_PASSWORD, `$1:${REDACTED}@`)
    .replace(BEARER, `$1 ${REDACTED}`)
    .replace(WEBHOOK, `$1/${REDACTED}`)
    .replace(DISCORD_TOKEN, REDACTED);
}
