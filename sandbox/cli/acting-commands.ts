import { type Command, InvalidArgumentError } from 'commander';
import { TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';
import { answersInteraction, answersMessage, collectAnswers, type IsAnswer } from './answers.js';
import type { SandboxCommandDeps } from './commands.js';
import type { ControlClient, Interacted, Said } from './control-client.js';
import { formatSighting, sightingJson } from './format.js';
import type { Names } from './readable.js';

interface ActingOptions {
  readonly as: string;
  readonly channel: string;
  readonly timeout: number;
  readonly json?: true;
}

/** `say`, `slash`, `suggest` and `click`: what people do. Each prints what the bot answers. */
export function addActingCommands(
  sandbox: Command,
  deps: SandboxCommandDeps,
  connect: () => Promise<ControlClient>,
): void {
  const interact = async (path: string, options: ActingOptions, what: object) => {
    const client = await connect();
    const { interaction, after } = await client.post<Interacted>(path, { ...who(options), ...what });
    await printAnswers(client, deps, options, after, answersInteraction(interaction.id));
  };

  acting(sandbox.command('say'))
    .description("write a message and print the bot's answers, e.g. sandbox say '$ping'")
    .argument('<text>', 'quote it: shells replace $words; @alice and #general become mentions')
    .action(async (text: string, options: ActingOptions) => {
      const client = await connect();
      const said = await client.post<Said>('/say', { ...who(options), text });
      await printAnswers(client, deps, options, said.after, answersMessage(said.message));
    });

  acting(sandbox.command('slash'))
    .description('use a slash command, e.g. sandbox slash admin restart reason=tired')
    .argument('<command...>', 'command, subcommand, and options as name=value')
    .action((words: string[], options: ActingOptions) => interact('/slash', options, commandOf(words)));

  acting(sandbox.command('suggest'))
    .description('type in an option and print the suggestions, e.g. sandbox suggest help command=adm')
    .argument('<command...>', 'command, subcommand, and options as name=value: the last one is being typed')
    .action((words: string[], options: ActingOptions) => interact('/suggest', options, typingOf(words)));

  acting(sandbox.command('click'))
    .description('press a button, or pick from a menu')
    .argument('<button>', 'its label or custom id')
    .argument('[values...]', 'what to pick from a menu')
    .option('--message <id>', 'message that has the button (default: the newest that has it)')
    .action((button: string, values: string[], options: ActingOptions & { message?: string }) => {
      const picked = values.length > 0 ? { values } : {};
      return interact('/click', options, { button, messageId: options.message, ...picked });
    });
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
  const names = await client.get<Names>('/names');
  for await (const sighting of collectAnswers(client, { after, isAnswer, timeoutMs: options.timeout * 1_000 })) {
    count += 1;
    deps.write(options.json ? sightingJson(sighting) : formatSighting(sighting, names));
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

/** The same, with the last option as the one in which somebody types. */
function typingOf(words: readonly string[]): { command: string[]; option: string; typed: string; options: object } {
  const { command, options } = commandOf(words);
  const [last, ...others] = Object.entries(options).reverse();
  if (!last) throw new InvalidArgumentError('It needs the option that is being typed, as name=value.');
  return { command, option: last[0], typed: last[1], options: Object.fromEntries(others) };
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!Number.isFinite(seconds) || seconds <= 0) throw new InvalidArgumentError('It must be a number of seconds.');
  return seconds;
}
