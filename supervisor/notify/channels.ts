import type { Environment } from '../../shared/config/schema.js';
import { DiscordWebhook } from './discord-webhook.js';
import { HookCommand } from './hook-command.js';
import type { Channel } from './notifier.js';

/** The settings of all channels. */
export type NotifySettings = Pick<Environment, 'TUX_NOTIFY_WEBHOOK' | 'TUX_NOTIFY_COMMAND'>;

/**
 * The channels in the order in which they are tried. The command comes second: when the webhook fails, Discord itself is
 * often what is down.
 *
 * @param config read at each use: a reload may change it.
 * @param onOutput one line of what the command printed.
 */
export function createChannels(config: { readonly env: NotifySettings }, onOutput: (line: string) => void): Channel[] {
  return [
    new DiscordWebhook(() => config.env.TUX_NOTIFY_WEBHOOK),
    new HookCommand({ command: () => config.env.TUX_NOTIFY_COMMAND, onOutput }),
  ];
}
