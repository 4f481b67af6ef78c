import { isDeepStrictEqual } from 'node:util';
import { type Environment, environmentSchema, isReloadable, type SettingName, supervisorSettings } from './schema.js';
import { shownValue } from './shown-value.js';

/** When a new value counts: `now`, or only after a restart of Tux or of its supervisor. */
export type TakesEffect = 'now' | 'restart' | 'supervisor-restart';

/** One setting that is not what it was, with its values as they may be shown. */
export interface SettingChange {
  readonly name: SettingName;
  readonly from: string;
  readonly to: string;
  readonly takesEffect: TakesEffect;
}

/** The settings in which the two differ, in the order of the schema; secrets redacted. */
export function compareSettings(before: Readonly<Environment>, after: Readonly<Environment>): SettingChange[] {
  const names = Object.keys(environmentSchema.shape) as SettingName[];
  return names
    .filter((name) => !isDeepStrictEqual(before[name], after[name]))
    .map((name) => ({
      name,
      from: shown(name, before[name]),
      to: shown(name, after[name]),
      takesEffect: takesEffectOf(name),
    }));
}

/** `TUX_PREFIX $ → !, LOG_LEVEL info → debug` */
export function describeChanges(changes: readonly SettingChange[]): string {
  return changes.map(({ name, from, to }) => `${name} ${from} → ${to}`).join(', ');
}

function takesEffectOf(name: SettingName): TakesEffect {
  if (isReloadable(name)) return 'now';
  return supervisorSettings.includes(name) ? 'supervisor-restart' : 'restart';
}

function shown(name: SettingName, value: unknown): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return '(not set)';
  return String(shownValue(name, value));
}
