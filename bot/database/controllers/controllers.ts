import type { EntityManager } from 'typeorm';
import { AbsenceController } from './absence-controller.js';
import { CaseController } from './case-controller.js';
import { EffectController } from './effect-controller.js';
import { GuildConfigController } from './guild-config-controller.js';
import { LevelController } from './level-controller.js';
import { PermissionController } from './permission-controller.js';
import { PollController } from './poll-controller.js';
import { SnippetController } from './snippet-controller.js';
import { UserController } from './user-controller.js';

type ControllerClass<T> = new (manager: EntityManager) => T;

/** One controller per subject, each made when it is first asked for, all on the same connection or transaction. */
export abstract class Controllers {
  readonly #made = new WeakMap<EntityManager, Map<ControllerClass<unknown>, unknown>>();

  /** The connection or transaction to work on. @throws when there is none. */
  protected abstract manager(): EntityManager;

  get users(): UserController {
    return this.#controller(UserController);
  }

  get guildConfig(): GuildConfigController {
    return this.#controller(GuildConfigController);
  }

  get cases(): CaseController {
    return this.#controller(CaseController);
  }

  get effects(): EffectController {
    return this.#controller(EffectController);
  }

  get levels(): LevelController {
    return this.#controller(LevelController);
  }

  get permissions(): PermissionController {
    return this.#controller(PermissionController);
  }

  get absences(): AbsenceController {
    return this.#controller(AbsenceController);
  }

  get polls(): PollController {
    return this.#controller(PollController);
  }

  get snippets(): SnippetController {
    return this.#controller(SnippetController);
  }

  #controller<T>(type: ControllerClass<T>): T {
    const manager = this.manager();
    const made = this.#made.get(manager) ?? new Map<ControllerClass<unknown>, unknown>();
    this.#made.set(manager, made);
    if (!made.has(type)) made.set(type, new type(manager));
    return made.get(type) as T;
  }
}

/** The controllers of one transaction. */
export class TransactionControllers extends Controllers {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    super();
    this.#manager = manager;
  }

  protected override manager(): EntityManager {
    return this.#manager;
  }
}
