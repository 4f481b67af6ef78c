import type { PageState } from './page-state.js';

/** A part of the page. It is told of every change, and once a second because ages and countdowns change with time alone. */
export interface View {
  readonly element: HTMLElement;
  /** @param now milliseconds since the epoch, by the supervisor's clock. */
  update(state: PageState, now: number): void;
}

/** Calls `render` only when one of the things that it depends on is another one than last time. */
export function whenChanged<Inputs extends readonly unknown[]>(
  render: (...inputs: Inputs) => void,
): (...inputs: Inputs) => void {
  let last: Inputs | null = null;
  return (...inputs) => {
    if (last !== null && inputs.every((input, index) => Object.is(input, last?.[index]))) return;
    last = inputs;
    render(...inputs);
  };
}
