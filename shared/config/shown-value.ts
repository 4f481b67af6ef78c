import { REDACTED, redact } from '../redact.js';
import { hiddenSettings, type SettingName } from './schema.js';

/**
 * The value of a setting as it may be shown: of a secret only that it is set, and no password of an address, such as that
 * of a proxy in DISCORD_API_URL. What is no text stays what it is.
 */
export function shownValue<T>(name: SettingName, value: T): T | string {
  if (value === undefined || value === null) return value;
  if (hiddenSettings.includes(name)) return REDACTED;
  return typeof value === 'string' ? redact(value) : value;
}
