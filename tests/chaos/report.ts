import type { RoundOutcome } from './driver.js';
import { describeFault, type FaultKind } from './plan/planned-fault.js';

/** One line about a round: how it went, how long it took, and its faults with the times of each. */
export function roundLine({ plan, violations, tookMs }: RoundOutcome): string {
  const faults = plan.faults.map((fault) => `${describeFault(fault)} @${fault.atMs}+${fault.forMs}`).join('; ');
  const mark = violations.length === 0 ? '✓' : '✗';
  return `${mark} round ${plan.round} (${(tookMs / 1_000).toFixed(1)} s): ${faults}`;
}

/** All that is known of a round in which something did not hold, and how to run it again. */
export function failureText(outcome: RoundOutcome, only: FaultKind | undefined): string {
  const { plan, since, timeline, violations, evidence } = outcome;
  const { seed, round } = plan;
  const command = (rounds: string) =>
    `npm run chaos -- --seed ${seed} ${rounds}${only === undefined ? '' : ` --only ${only}`}`;
  const before = round - since;
  return [
    `Seed ${seed}, round ${round}:`,
    ...violations.map(({ invariant, what }) => `  ✗ ${invariant}: ${what}`),
    '  What was done:',
    ...timeline.map((line) => `    ${line}`),
    `  Logs and state: ${evidence ?? 'none, there was no installation yet'}`,
    `  Again: ${command(`--round ${round}`)}`,
    ...(before > 0 ? [`  With those before it: ${command(`--from ${since} --rounds ${before + 1}`)}`] : []),
  ].join('\n');
}

/** Figures of many rounds. */
export class Tally {
  #rounds = 0;
  #failed = 0;
  #tookMs = 0;
  #commands = 0;
  #runs = 0;
  #identifies = 0;
  readonly #faults = new Map<FaultKind, number>();

  add({ plan, violations, observation, tookMs }: RoundOutcome): void {
    this.#rounds += 1;
    if (violations.length > 0) this.#failed += 1;
    this.#tookMs += tookMs;
    this.#commands += observation?.commands.length ?? 0;
    this.#runs += observation?.ends.length ?? 0;
    this.#identifies += observation?.identifies ?? 0;
    for (const { kind } of plan.faults) this.#faults.set(kind, (this.#faults.get(kind) ?? 0) + 1);
  }

  get failed(): number {
    return this.#failed;
  }

  toString(): string {
    const faults = [...this.#faults].map(([kind, count]) => `${count} ${kind}`).join(', ');
    const seconds = this.#tookMs / 1_000;
    return [
      `${this.#rounds} rounds in ${seconds.toFixed(0)} s (${(seconds / Math.max(1, this.#rounds)).toFixed(1)} s each), ${this.#failed} with a violation`,
      `faults: ${faults}`,
      `${this.#commands} commands, ${this.#runs} ends of a worker, ${this.#identifies} IDENTIFYs`,
    ].join('\n');
  }
}
