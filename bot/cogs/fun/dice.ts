import type { Random } from './random.js';

const MAX_DICE = 100;
const MAX_SIDES = 1_000;
const MAX_MODIFIER = 10_000;

/** `2d6+1`: two dice with six sides, and one more. */
export interface Dice {
  readonly count: number;
  readonly sides: number;
  readonly modifier: number;
}

/** The number on each die, and their sum with the modifier. */
export interface Throw {
  readonly rolls: readonly number[];
  readonly total: number;
}

const NOTATION = /^(\d{0,4})d(\d{1,5})(?:([+-])(\d{1,6}))?$/i;

/** Reads `2d6+1`, `d20`, `3d8 - 2`. @returns null for anything else, and for what is out of bounds. */
export function parseDice(text: string): Dice | null {
  const match = NOTATION.exec(text.replaceAll(/\s+/g, ''));
  if (match === null) return null;
  const [, count = '', sides, sign, amount = '0'] = match;
  const modifier = sign === '-' ? -Number(amount) : Number(amount);
  const dice = { count: count === '' ? 1 : Number(count), sides: Number(sides), modifier };
  const isInBounds =
    dice.count >= 1 &&
    dice.count <= MAX_DICE &&
    dice.sides >= 2 &&
    dice.sides <= MAX_SIDES &&
    Math.abs(modifier) <= MAX_MODIFIER;
  return isInBounds ? dice : null;
}

/** Throws the dice, once. */
export function throwDice({ count, sides, modifier }: Dice, random: Random): Throw {
  const rolls = Array.from({ length: count }, () => 1 + Math.floor(random() * sides));
  return { rolls, total: rolls.reduce((sum, roll) => sum + roll, modifier) };
}

/** `2d6+1`, as {@link parseDice} reads it. */
export function formatDice({ count, sides, modifier }: Dice): string {
  const sign = modifier < 0 ? '-' : '+';
  return `${count}d${sides}${modifier === 0 ? '' : `${sign}${Math.abs(modifier)}`}`;
}
