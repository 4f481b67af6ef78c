import { existsSync } from 'node:fs';
import type { Build } from '../../shared/control/build.js';
import type { Logger } from '../../shared/logging/logger.js';
import type { Deployed } from '../supervisor-state.js';
import { isSameBuild, programOf, readBuild } from './read-build.js';

export interface BuildChoiceOptions {
  /** The folder of the build that this supervisor belongs to. */
  readonly ownRoot: string;
  readonly state: { readonly deployed: Deployed | null; saveDeployed(deployed: Deployed | null): Promise<void> };
  readonly log: Logger;
}

/**
 * From which build workers are started: the supervisor's own, until another one is deployed. A restart of the supervisor does not change
 * that as long as it is started from the same folder. Whoever starts it from another folder wants the build that is there.
 */
export class BuildChoice {
  readonly #options: BuildChoiceOptions;
  #root: string;
  #active: Build | null = null;
  /** The last one that was swapped back. */
  #failed: Build | null = null;

  constructor(options: BuildChoiceOptions) {
    this.#options = options;
    this.#root = startRoot(options);
  }

  /** Where the next worker comes from. */
  get root(): string {
    return this.#root;
  }

  get program(): string {
    return programOf(this.#root);
  }

  /** What the worker that runs, or ran last, was started from; null before the first one, and where that could not be read. */
  get active(): Build | null {
    return this.#active;
  }

  /** What there is to start now. @throws TuxError TUX_NO_BUILD (exit 64). */
  onDisk(): Build {
    return readBuild(this.#root);
  }

  /** Whether that is what serves. */
  isCurrent(): boolean {
    const onDisk = this.#tryOnDisk();
    return onDisk !== null && (this.#active === null || isSameBuild(this.#active, onDisk));
  }

  /** A worker is being started from what is on disk. */
  noteSpawned(): void {
    this.#active = this.#tryOnDisk(); // without one its start fails, and says so
  }

  /** From now on this one counts. @throws TuxError TUX_LOCK_LOST (73). */
  async choose(build: Build): Promise<void> {
    const { ownRoot, state } = this.#options;
    this.#root = build.root;
    this.#active = build;
    await state.saveDeployed(build.root === ownRoot ? null : { root: build.root, supervisorRoot: ownRoot });
  }

  /** Remembers that this build was swapped back; see {@link hasFailed}. */
  noteFailed(build: Build): void {
    this.#failed = build;
  }

  /** Whether this very build was swapped back, and none deployed since. */
  hasFailed(build: Build): boolean {
    return this.#failed !== null && isSameBuild(this.#failed, build);
  }

  #tryOnDisk(): Build | null {
    try {
      return this.onDisk();
    } catch {
      return null;
    }
  }
}

function startRoot({ ownRoot, state, log }: BuildChoiceOptions): string {
  const { deployed } = state;
  if (deployed === null) return ownRoot;
  const { root, supervisorRoot } = deployed;
  if (supervisorRoot !== ownRoot) {
    const fields = { event: 'deploy:own-build', ownRoot, deployed };
    log.info(
      fields,
      `🔧 Tux is started from ${ownRoot}, as its supervisor; ${root} was deployed by the one in ${supervisorRoot}`,
    );
    return ownRoot;
  }
  if (existsSync(programOf(root))) {
    log.info({ event: 'deploy:remembered', root }, `🔧 Tux is started from ${root}, which was deployed last`);
    return root;
  }
  log.warn(
    { event: 'deploy:gone', root },
    `⚠️ ${root}, which was deployed last, is gone: Tux is started from ${ownRoot}`,
  );
  return ownRoot;
}
