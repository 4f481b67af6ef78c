import { ComponentType } from 'discord-api-types/v10';
import { isEphemeral } from '../world/messages.js';
import type { MessageRecord } from '../world/records.js';
import { actorError } from './actor-error.js';

/** A button or menu that a person can use. */
export interface UsableComponent {
  readonly type: ComponentType;
  readonly customId: string;
  /** Values of a menu of texts. */
  readonly values: readonly string[];
}

/** A component as it comes from the bot, whatever its kind. */
interface RawComponent {
  readonly type: number;
  readonly custom_id?: string;
  readonly label?: string;
  readonly placeholder?: string;
  readonly disabled?: boolean;
  readonly options?: readonly { readonly label: string; readonly value: string }[];
  readonly components?: readonly RawComponent[];
  readonly accessory?: RawComponent;
}

/** The newest message, as `userId` sees the channel, that has a component called `name`. */
export function newestWithComponent(
  messages: readonly MessageRecord[],
  name: string,
  userId: string,
): MessageRecord | undefined {
  return messages.findLast(
    (message) =>
      (!isEphemeral(message) || message.interaction?.userId === userId) &&
      componentsOf(message).some((component) => isCalled(component, name)),
  );
}

/** @throws TuxError TUX_SANDBOX_ACTOR when it is not there, or cannot be used. */
export function usableComponent(message: MessageRecord, name: string): UsableComponent {
  const all = componentsOf(message);
  const component = all.find((candidate) => isCalled(candidate, name));
  if (!component) {
    const names = all.flatMap(({ label, placeholder, custom_id }) => label ?? placeholder ?? custom_id ?? []);
    throw actorError(`Message ${message.id} has no button '${name}'`, `it has ${names.join(', ') || 'none'}`);
  }
  if (component.disabled === true) throw actorError(`'${name}' is disabled`);
  if (component.custom_id === undefined) throw actorError(`'${name}' is a link: Discord does not tell the bot`);
  const values = component.options?.map((option) => option.value) ?? [];
  return { type: component.type, customId: component.custom_id, values };
}

function isCalled({ label, placeholder, custom_id }: RawComponent, name: string): boolean {
  return custom_id === name || label?.toLowerCase() === name.toLowerCase() || placeholder === name;
}

/** Buttons and menus in the order they are shown, from rows, sections and containers. */
function componentsOf(message: MessageRecord): RawComponent[] {
  const flatten = (component: RawComponent): RawComponent[] => {
    const children = [...(component.components ?? []), ...(component.accessory ? [component.accessory] : [])];
    return children.length > 0 ? children.flatMap(flatten) : [component];
  };
  const isInteractive = ({ type }: RawComponent) =>
    type >= ComponentType.Button && type <= ComponentType.ChannelSelect && type !== ComponentType.TextInput;
  return (message.components as readonly RawComponent[]).flatMap(flatten).filter(isInteractive);
}
