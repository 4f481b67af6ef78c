import { type Command, InvalidArgumentError, Option } from 'commander';
import type { SandboxCommandDeps } from './commands.js';
import type { ControlClient } from './control-client.js';

const UNIT_MS: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 };

/** What `POST /event/…` answers. */
interface Planned {
  readonly event: { readonly id: string; readonly name: string; readonly scheduled_start_time: string };
}

interface TimeOptions {
  readonly as: string;
  readonly in: number;
}

/** `event create`, `event move` and `event cancel`: the scheduled events of the server. They work while the bot is away, too. */
export function addEventCommands(
  sandbox: Command,
  deps: SandboxCommandDeps,
  connect: () => Promise<ControlClient>,
): void {
  const event = sandbox.command('event').description('schedule, move and cancel events of the server');
  const tell = ({ event: { id, name, scheduled_start_time: at } }: Planned, what: string) =>
    deps.write(`✅ ${name} (${id}) ${what}${what === 'was cancelled' ? '' : ` ${at}`}\n`);

  by(event.command('create'))
    .description("schedule an event, e.g. sandbox event create 'Board games' --in 2h")
    .argument('<name>', 'what it is called')
    .requiredOption('--in <duration>', 'when it begins: 90m, 2h, 1d', parseSpan)
    .addOption(new Option('--for <duration>', 'how long it takes').argParser(parseSpan).default(UNIT_MS.h, '1h'))
    .option('--place <text>', 'where it is', 'the club room')
    .action(async (name: string, options: TimeOptions & { for: number; place: string }) => {
      const { as, place } = options;
      const body = { as, name, place, startsInMs: options.in, durationMs: options.for };
      tell(await (await connect()).post<Planned>('/event/create', body), 'begins');
    });

  by(event.command('move'))
    .description('have an event begin at another time')
    .argument('<event>', 'its name or id')
    .requiredOption('--in <duration>', 'when it begins: 90m, 2h, 1d', parseSpan)
    .action(async (name: string, options: TimeOptions) => {
      const body = { as: options.as, event: name, startsInMs: options.in };
      tell(await (await connect()).post<Planned>('/event/move', body), 'now begins');
    });

  by(event.command('cancel'))
    .description('cancel an event')
    .argument('<event>', 'its name or id')
    .action(async (name: string, { as }: { as: string }) => {
      tell(await (await connect()).post<Planned>('/event/cancel', { as, event: name }), 'was cancelled');
    });
}

function by(command: Command): Command {
  return command.option('--as <user>', 'owner, moderator, alice, bob or an id', 'owner');
}

/** `1h30m` → milliseconds. */
function parseSpan(text: string): number {
  const parts = [...text.matchAll(/(\d+)([dhms])/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) {
    throw new InvalidArgumentError('It must be a duration such as 90m, 2h or 1d12h.');
  }
  return parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (UNIT_MS[unit] ?? 0), 0);
}
