import type { EntityManager } from 'typeorm';
import { CaseController } from './case-controller.js';
import { GuildConfigController } from './guild-config-controller.js';
import { LevelController } from './level-controller.js';
import { PermissionController } from './permission-controller.js';
import { SnippetController } from './snippet-controller.js';
import { UserController } from './user-controller.js';

/** One controller per subject, each made when it is first asked for, all on the same connection or transaction. */
export class Controllers {
  readonly #manager: EntityManager;
  #users: UserController | undefined;
  #guildConfig: GuildConfigController | undefined;
  #cases: CaseController | undefined;
  #levels: LevelController | undefined;
  #permissions: PermissionController | undefined;
  #snippets: SnippetController | undefined;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  get users(): UserController {
    this.#users ??= new UserController(this.#manager);
    return this.#users;
  }

  get guildConfig(): GuildConfigController {
    this.#guildConfig ??= new GuildConfigController(this.#manager);
    return this.#guildConfig;
  }

  get cases(): CaseController {
    this.#cases ??= new CaseController(this.#manager);
    return this.#cases;
  }

  get levels(): LevelController {
    this.#levels ??= new LevelController(this.#manager);
    return this.#levels;
  }

  get permissions(): PermissionController {
    this.#permissions ??= new PermissionController(this.#manager);
    return this.#permissions;
  }

  get snippets(): SnippetController {
    this.#snippets ??= new SnippetController(this.#manager);
    return this.#snippets;
  }
}
