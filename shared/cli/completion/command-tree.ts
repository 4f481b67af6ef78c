import type { Command, Option } from 'commander';

/** What a shell can offer at one place of a command line. */
export interface CompletionPlace {
  /** The names of the commands that lead here, without the program's own: `['db', 'health']`. */
  readonly path: readonly string[];
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly CompletionOption[];
  /** What an argument can be, where that is one of a few words. */
  readonly words: readonly string[];
}

/** An option of a command, as a shell may offer it. */
export interface CompletionOption {
  /** `['-n', '--lines']` */
  readonly flags: readonly string[];
  readonly description: string;
  /** What follows the flag: nothing, anything, a path, or one of a few words. */
  readonly value: 'none' | 'any' | 'folder' | 'file' | readonly string[];
}

/** Every place of a program's command line, the program itself first: whatever `--help` shows, and nothing else. */
export function placesOf(program: Command, path: readonly string[] = []): CompletionPlace[] {
  const help = program.createHelp();
  const shown = help.visibleCommands(program);
  const place: CompletionPlace = {
    path,
    commands: shown.map((command) => ({ name: command.name(), description: command.description() })),
    options: help.visibleOptions(program).map(describeOption),
    words: program.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
  };
  const own = shown.filter((command) => program.commands.includes(command));
  // Commander's own `help [command]` takes the names of its neighbours.
  const helps = shown.filter((command) => !own.includes(command));
  const words = own.map((command) => command.name());
  return [
    place,
    ...own.flatMap((command) => placesOf(command, [...path, command.name()])),
    ...helps.map((command) => ({ path: [...path, command.name()], commands: [], options: [], words })),
  ];
}

function describeOption(option: Option): CompletionOption {
  const flags = [option.short, option.long].filter((flag) => flag !== undefined);
  return { flags, description: option.description, value: whatFollows(option) };
}

function whatFollows({ required, optional, argChoices, flags }: Option): CompletionOption['value'] {
  if (!required && !optional) return 'none';
  if (argChoices) return argChoices;
  if (/[<[](folder|dir)[\]>]/.test(flags)) return 'folder';
  return /[<[](file|path)[\]>]/.test(flags) ? 'file' : 'any';
}

/** One option at one place. */
export interface PlacedOption extends CompletionOption {
  readonly path: readonly string[];
}

/** All options that a value follows. */
export function optionsWithValue(places: readonly CompletionPlace[]): PlacedOption[] {
  return places.flatMap(({ path, options }) =>
    options.filter(({ value }) => value !== 'none').map((option) => ({ ...option, path })),
  );
}

/** `['db', 'health']` → ` db health`, the form in which all three scripts keep track of where they are. */
export function placeKey({ path }: Pick<CompletionPlace, 'path'>): string {
  return path.map((name) => ` ${name}`).join('');
}

/** ` history -n`, ` history --lines`: the forms in which an option can be met at its place. */
export function optionKeys({ path, flags }: PlacedOption): string[] {
  return flags.map((flag) => `${placeKey({ path })} ${flag}`);
}
