import type { Paths } from '../paths.js';
import { compareSettings, type SettingChange } from './changes.js';
import type { Config } from './load.js';
import { type Environment, isReloadable, type SettingName, supervisorSettings } from './schema.js';

type Listener<N extends SettingName> = (value: Environment[N]) => void;

/**
 * The configuration of a running process. {@link env} has the values that count now: read it at each use, and a reload is
 * seen without more ado; {@link onChange} is for what has to be set anew somewhere else.
 */
export class LiveConfig implements Config {
  readonly paths: Paths;
  /** It only grows, so that whoever holds it knows new secrets too, and old ones stay hidden. */
  readonly secrets: readonly string[];
  readonly #secrets: string[];
  readonly #listeners = new Map<SettingName, Set<Listener<SettingName>>>();
  #env: Config['env'];
  /** As it was read last; what cannot change while the worker runs is taken from here for the next one. */
  #latest: Config['env'];

  constructor(config: Config) {
    this.paths = config.paths;
    this.#secrets = [...config.secrets];
    this.secrets = this.#secrets;
    this.#env = config.env;
    this.#latest = config.env;
  }

  get env(): Config['env'] {
    return this.#env;
  }

  /** Calls `listener` with each new value of a setting. @returns what ends that. */
  onChange<N extends SettingName>(name: N, listener: Listener<N>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(listener as Listener<SettingName>);
    return () => listeners.delete(listener as Listener<SettingName>);
  }

  /** What would be different with `next`. Changes nothing. */
  compare(next: Config): SettingChange[] {
    return compareSettings(this.#env, next.env);
  }

  /** Takes over what may change while the process runs, and keeps the rest for {@link takeOverRest}. */
  takeOver(next: Config): void {
    for (const secret of next.secrets) if (!this.#secrets.includes(secret)) this.#secrets.push(secret);
    this.#latest = next.env;
    this.#change(isReloadable);
  }

  /** A new worker starts: what waited for that counts from now on, too. */
  takeOverRest(): void {
    this.#change((name) => !supervisorSettings.includes(name));
  }

  #change(mayChange: (name: SettingName) => boolean): void {
    const before = this.#env;
    const changed = compareSettings(before, this.#latest)
      .map(({ name }) => name)
      .filter(mayChange);
    const values = Object.fromEntries(changed.map((name) => [name, this.#latest[name]]));
    this.#env = Object.freeze({ ...before, ...values });
    for (const name of changed) {
      for (const listener of this.#listeners.get(name) ?? []) listener(this.#env[name]);
    }
  }
}
