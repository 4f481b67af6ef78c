import { type APIActionRowComponent, type APIButtonComponent, ButtonStyle, ComponentType } from 'discord-api-types/v10';
import { componentId } from '../framework/components.js';

/** Where a list is opened, pages counted from 1. */
export interface Page {
  readonly number: number;
  readonly count: number;
  /** How many entries come before it. */
  readonly offset: number;
}

/** The page of a list of `entries` that comes closest to the `wanted` one; an empty list has one page. */
export function pageOf(wanted: number, entries: number, pageSize: number): Page {
  const count = Math.max(1, Math.ceil(entries / pageSize));
  const number = Number.isInteger(wanted) ? Math.min(Math.max(1, wanted), count) : 1;
  return { number, count, offset: (number - 1) * pageSize };
}

/**
 * Buttons to the pages before and after; none when there is only one. A click comes to the component `action` of the cog
 * with the number of the page as its first argument, followed by `args`, in every later run of the bot as well.
 */
export function pageButtons(cog: string, action: string, { number, count }: Page, args: readonly string[] = []) {
  if (count === 1) return [];
  const button = (label: string, target: number): APIButtonComponent => ({
    type: ComponentType.Button,
    style: ButtonStyle.Secondary,
    label,
    custom_id: componentId(cog, action, [String(target), ...args]),
    disabled: target < 1 || target > count,
  });
  const row: APIActionRowComponent<APIButtonComponent> = {
    type: ComponentType.ActionRow,
    components: [button('◀ Back', number - 1), button('Next ▶', number + 1)],
  };
  return [row];
}
