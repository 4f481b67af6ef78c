import { SANDBOX_IDS, type Sandbox } from '../../sandbox/index.js';

const ACKNOWLEDGED = /^📥 Job `(\w+)` is queued/;
const DONE = /^✅ Job `(\w+)` done/;

/** Jobs that the owner orders in the sandbox with `$queue add`, and what became of them, as the channel shows it. */
export class OrderedJobs {
  readonly #sandbox: Sandbox;

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
    // As fast as the bot can: what is tested here is not its patience with rate limits.
    sandbox.rateLimits.set('POST /channels/:id/messages', { limit: 100_000, windowMs: 1_000 });
  }

  /** Orders them all at once, without waiting for answers. */
  order(count: number, seconds = 0): void {
    for (let number = 1; number <= count; number += 1) {
      this.#sandbox.actors.say({ text: `$queue add ${seconds} job-${number}` });
    }
  }

  /** Ids of the jobs that the bot has acknowledged. */
  get acknowledged(): string[] {
    return this.#idsIn(ACKNOWLEDGED);
  }

  /** The job's id for each effect that took place: an id that is there twice took effect twice. */
  get effects(): string[] {
    return this.#idsIn(DONE);
  }

  /** Acknowledged jobs that have had no effect. */
  get missing(): string[] {
    const done = new Set(this.effects);
    return this.acknowledged.filter((id) => !done.has(id));
  }

  /** Waits until so many are acknowledged. */
  async acknowledge(count: number): Promise<void> {
    await this.#until(() => this.acknowledged.length >= count);
  }

  /** Waits until so many have taken effect. */
  async takeEffect(count: number): Promise<void> {
    await this.#until(() => this.effects.length >= count);
  }

  /** Waits until every acknowledged one has taken effect. */
  async finish(): Promise<void> {
    await this.#until(() => this.missing.length === 0);
  }

  async #until(condition: () => boolean): Promise<void> {
    if (condition()) return;
    const after = this.#sandbox.recorder.mark();
    await this.#sandbox.recorder.sightings.waitFor(condition, { after, timeoutMs: 30_000 });
  }

  #idsIn(pattern: RegExp): string[] {
    const { world } = this.#sandbox;
    return world.messages
      .list(SANDBOX_IDS.channels.general)
      .filter(({ authorId }) => authorId === SANDBOX_IDS.bot)
      .flatMap(({ content }) => pattern.exec(content)?.[1] ?? []);
  }
}
