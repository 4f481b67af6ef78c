import { type Command, InvalidArgumentError } from 'commander';
import { TuxError } from '../shared/errors.js';
import { ExitCode } from '../shared/exit-codes.js';
import { answersInteraction, answersMessage, collectAnswers, type IsAnswer } from './cli/answers.js';
import { ControlClient, type Interacted, type MessagePage, type Said } from './cli/control-client.js';
import { formatMessage, formatSighting, sightingJson } from './cli/format.js';

export interface SandboxCommandDeps {
  /** The control interface of the sandbox that runs; rejects with a TuxError when none does. */
  findControlUrl(): Promise<string>;
  /** Standard output. */
  write(text: string): void;
  /** Ends `tail -f`. */
  readonly signal?: AbortSignal;
}

interface ActingOptions {
  readonly as: string;
  readonly channel: string;
  readonly timeout: number;
  readonly json?: true;
}

/** How many earlier messages `tail` shows. */
const TAIL_LENGTH = 20;

/**
 * Adds `sandbox` with its subcommands. Their actions reject with a TuxError whose `exitCode` the program should end with:
 * FAILURE (1) when the bot did not answer or the sandbox refused, UNAVAILABLE when there is no sandbox.
 */
export function addSandboxCommands(program: Command, deps: SandboxCommandDeps): void {
  const sandbox = program.command('sandbox').description('act as the people of the local Discord');
  const connect = async () => new ControlClient(await deps.findControlUrl());
  addActing(sandbox, deps, connect);
  addWatching(sandbox, deps, connect);
}

type Connect = () => Promise<ControlClient>;

function addActing(sandbox: Command, deps: SandboxCommandDeps, connect: Connect): void {
  acting(sandbox.command('say'))
    .description("write a message and print the bot's answers, e.g. sandbox say '$ping'")
    .argument('<text>', 'quote it: shells replace $words')
    .action(async (text: string, options: ActingOptions) => {
      const client = await connect();
      const said = await client.post<Said>('/say', { ...who(options), text });
      await printAnswers(client, deps, options, said.after, answersMessage(said.message));
    });

  acting(sandbox.command('slash'))
    .description('use a slash command, e.g. sandbox slash admin restart reason=tired')
    .argument('<command...>', 'command, subcommand, and options as name=value')
    .action(async (words: string[], options: ActingOptions) => {
      const client = await connect();
      const body = { ...who(options), ...commandOf(words) };
      const { interaction, after } = await client.post<Interacted>('/slash', body);
      await printAnswers(client, deps, options, after, answersInteraction(interaction.id));
    });

  acting(sandbox.command('click'))
    .description('press a button, or pick from a menu')
    .argument('<button>', 'its label or custom id')
    .argument('[values...]', 'what to pick from a menu')
    .option('--message <id>', 'message that has the button (default: the newest that has it)')
    .action(async (button: string, values: string[], options: ActingOptions & { message?: string }) => {
      const client = await connect();
      const picked = values.length > 0 ? { values } : {};
      const body = { ...who(options), button, messageId: options.message, ...picked };
      const { interaction, after } = await client.post<Interacted>('/click', body);
      await printAnswers(client, deps, options, after, answersInteraction(interaction.id));
    });
}

function addWatching(sandbox: Command, deps: SandboxCommandDeps, connect: Connect): void {
  sandbox
    .command('tail')
    .description('show what was said last')
    .option('--channel <name>', 'name or id, or dm', 'general')
    .option('-f, --follow', 'go on with everything that happens, in all channels')
    .action(async ({ channel, follow }: { channel: string; follow?: true }) => {
      const client = await connect();
      const page = await client.get<MessagePage>(`/messages?channel=${encodeURIComponent(channel)}`);
      for (const message of page.messages.slice(-TAIL_LENGTH)) deps.write(formatMessage(message));
      if (!follow) return;
      const signal = deps.signal ?? new AbortController().signal;
      for await (const sighting of client.watch(page.after, signal)) deps.write(formatSighting(sighting));
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

function acting(command: Command): Command {
  return command
    .option('--as <user>', 'owner, moderator, alice, bob or an id', 'owner')
    .option('--channel <name>', 'general, mod-log, dm or an id', 'general')
    .option('--timeout <seconds>', 'how long to wait for the first answer', parseSeconds, 5)
    .option('--json', 'one line of JSON for each answer');
}

function who({ as, channel }: ActingOptions): { as: string; channel: string } {
  return { as, channel };
}

/** @throws TuxError TUX_SANDBOX_SILENT (exit 1) when the bot did not answer in time. */
async function printAnswers(
  client: ControlClient,
  deps: SandboxCommandDeps,
  options: ActingOptions,
  after: number,
  isAnswer: IsAnswer,
): Promise<void> {
  let count = 0;
  for await (const sighting of collectAnswers(client, { after, isAnswer, timeoutMs: options.timeout * 1_000 })) {
    count += 1;
    deps.write(options.json ? sightingJson(sighting) : formatSighting(sighting));
  }
  if (count > 0) return;
  throw new TuxError('TUX_SANDBOX_SILENT', `The bot did not answer within ${options.timeout} s`, {
    exitCode: ExitCode.FAILURE,
    hint: 'see `tux status`, or wait longer with --timeout',
  });
}

/** `['admin', 'restart', 'reason=tired']` → the path and the options. */
function commandOf(words: readonly string[]): { command: string[]; options: Record<string, string> } {
  const isOption = (word: string) => word.includes('=');
  const pairs = words.filter(isOption).map((word) => {
    const at = word.indexOf('=');
    return [word.slice(0, at), word.slice(at + 1)];
  });
  return { command: words.filter((word) => !isOption(word)), options: Object.fromEntries(pairs) };
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!Number.isFinite(seconds) || seconds <= 0) throw new InvalidArgumentError('It must be a number of seconds.');
  return seconds;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const options = { cause, exitCode: ExitCode.USAGE, hint: 'write e.g. \'{"code":4000}\'' };
    throw new TuxError('TUX_SANDBOX_USAGE', `'${text}' is not JSON`, options);
  }
}
