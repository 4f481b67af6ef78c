import type { Command } from 'commander';
import { TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';
import type { SandboxCommandDeps } from './commands.js';
import type { ControlClient, MessagePage } from './control-client.js';
import { formatMessage, formatSighting } from './format.js';
import type { Names } from './readable.js';

/** How many earlier messages `tail` shows. */
const TAIL_LENGTH = 20;

/** `tail`, `faults` and `state`: what only an operator of the sandbox sees and does. */
export function addWatchingCommands(
  sandbox: Command,
  deps: SandboxCommandDeps,
  connect: () => Promise<ControlClient>,
): void {
  sandbox
    .command('tail')
    .description('show what was said last')
    .option('--channel <name>', 'name or id, or dm', 'general')
    .option('-f, --follow', 'go on with everything that happens, in all channels')
    .action(async ({ channel, follow }: { channel: string; follow?: true }) => {
      const client = await connect();
      const page = await client.get<MessagePage>(`/messages?channel=${encodeURIComponent(channel)}`);
      const names = await client.get<Names>('/names');
      for (const message of page.messages.slice(-TAIL_LENGTH)) deps.write(formatMessage(message, names));
      if (!follow) return;
      const signal = deps.signal ?? new AbortController().signal;
      for await (const sighting of client.watch(page.after, signal)) deps.write(formatSighting(sighting, names));
      if (!signal.aborted) deps.write('🔧 The sandbox has stopped.\n');
    });

  sandbox
    .command('faults')
    .description('break something, or list what can be broken')
    .argument('[name]', 'e.g. cut, closeWith, muteAcks, failNext; reset takes all back')
    .argument('[json]', 'its details, e.g. {"code":4000}', '{}')
    .action(async (name: string | undefined, json: string) => {
      const client = await connect();
      if (name === undefined) {
        const { faults } = await client.get<{ faults: string[] }>('/faults');
        deps.write(`${faults.join('\n')}\n`);
        return;
      }
      await client.post(`/faults/${encodeURIComponent(name)}`, parseJson(json));
      deps.write(`✅ ${name}\n`);
    });

  sandbox
    .command('state')
    .description('show connections, sessions and counters as JSON')
    .action(async () => deps.write(`${JSON.stringify(await (await connect()).get('/state'), null, 2)}\n`));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const options = { cause, exitCode: ExitCode.USAGE, hint: 'write e.g. \'{"code":4000}\'' };
    throw new TuxError('TUX_SANDBOX_USAGE', `'${text}' is not JSON`, options);
  }
}
