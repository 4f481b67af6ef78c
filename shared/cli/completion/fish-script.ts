import { type CompletionOption, type CompletionPlace, optionKeys, optionsWithValue, placeKey } from './command-tree.js';

/** Completion for fish 3 and later. */
export function fishScript(program: string, places: readonly CompletionPlace[]): string {
  const at = `__${program.replaceAll('-', '_')}_at`;
  const valued = optionsWithValue(places).flatMap(optionKeys);
  return `# fish completion of ${program}. To load it: ${program} completion fish | source
function ${at}
    set -l at ''
    set -l has_value 0
    for word in (commandline -opc)[2..-1]
        if test $has_value = 1
            set has_value 0
            continue
        end
        switch "$at $word"
${branch(places.slice(1).map(placeKey), 'set at "$at $word"')}${branch(valued, 'set has_value 1')}        end
    end
    test "$at" = "$argv[1]"
end
complete -c ${program} -f
${places.flatMap((place) => placeLines(program, at, place)).join('\n')}
`;
}

function placeLines(program: string, at: string, { path, commands, options, words }: CompletionPlace): string[] {
  const begin = `complete -c ${program} -n ${quoted(`${at} ${quoted(placeKey({ path }))}`)}`;
  return [
    ...commands.map(({ name, description }) => `${begin} -a ${quoted(name)}${described(description)}`),
    ...words.map((word) => `${begin} -a ${quoted(word)}`),
    ...options.map((option) => `${begin} ${optionArguments(option)}${described(option.description)}`),
  ];
}

function branch(keys: readonly string[], action: string): string {
  return keys.length === 0 ? '' : `            case ${keys.map(quoted).join(' ')}\n                ${action}\n`;
}

function optionArguments({ flags, value }: CompletionOption): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  if (value === 'none') return names.join(' ');
  if (value === 'any') return [...names, '-x'].join(' ');
  if (value === 'file') return [...names, '-r -F'].join(' ');
  const candidates = value === 'folder' ? '(__fish_complete_directories)' : value.join(' ');
  return [...names, '-x', `-a ${quoted(candidates)}`].join(' ');
}

function described(description: string): string {
  return description === '' ? '' : ` -d ${quoted(description)}`;
}

/** fish knows two escapes in single quotes. */
function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
}
