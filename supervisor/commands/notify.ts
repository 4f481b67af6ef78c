import { hostname } from 'node:os';
import { TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';
import { createChannels, type NotifySettings } from '../notify/channels.js';
import { composeNotification } from '../notify/notification.js';
import { type NotificationResult, Notifier } from '../notify/notifier.js';

/** How the test of one channel went. */
export interface ChannelTest {
  readonly channel: string;
  readonly result: NotificationResult;
  /** What the command printed. */
  readonly output: readonly string[];
}

/**
 * Sends a test notification through every configured channel, not only through the first that works.
 *
 * @throws TuxError TUX_CONFIG (exit 78) when none is configured.
 */
export async function testNotifications(env: NotifySettings): Promise<ChannelTest[]> {
  let output: string[] = [];
  const channels = createChannels({ env }, (line) => output.push(line)).filter((channel) => channel.isAvailable());
  if (channels.length === 0) {
    throw new TuxError('TUX_CONFIG', 'No notification channel is configured', {
      exitCode: ExitCode.CONFIG,
      hint: 'set TUX_NOTIFY_WEBHOOK or TUX_NOTIFY_COMMAND in the environment or in .env',
    });
  }
  const facts = { kind: 'test', now: Date.now(), host: hostname(), reason: 'tux-supervisor notify test' } as const;
  const tests: ChannelTest[] = [];
  for (const channel of channels) {
    output = [];
    const notification = composeNotification(facts, []);
    const result = await new Notifier([channel]).send(notification, new AbortController().signal);
    tests.push({ channel: channel.name, result, output });
  }
  return tests;
}

/** `tux-supervisor notify test` for people: one channel a line, what a command printed below it. */
export function formatNotifyTest(tests: readonly ChannelTest[]): string {
  return tests
    .flatMap(({ channel, result, output }) => {
      const verdict = result.delivered
        ? `✅ ${channel}: sent`
        : `❌ ${channel}: ${result.failures.map(({ reason }) => reason).join('; ')}`;
      return [verdict, ...output.map((line) => `   ${line}`)];
    })
    .join('\n');
}
