import { type CompletionPlace, optionKeys, optionsWithValue, type PlacedOption, placeKey } from './command-tree.js';

/** Completion for bash 4.4 and later. */
export function bashScript(program: string, places: readonly CompletionPlace[]): string {
  const valued = optionsWithValue(places);
  const name = functionName(program);
  return `# bash completion of ${program}. To load it: source <(${program} completion bash)
${name}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} at='' value='' words='' word i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    [[ $word == '=' ]] && continue
    if [[ -n $value ]]; then value=''; continue; fi
    case "$at $word" in
${branch(places.slice(1).map(placeKey), 'at+=" $word"')}${branch(valued.flatMap(optionKeys), 'value="$at $word"')}    esac
  done
  [[ $cur == '=' ]] && cur=''
  case "$value" in
    '') case "$at" in
${places.map(placeCase).join('\n')}
    esac ;;
${valued.flatMap(wordsCase).join('')}${pathCase(valued, 'folder', 'd')}${pathCase(valued, 'file', 'f')}  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -F ${name} ${program}
`;
}

function functionName(program: string): string {
  return `_${program.replaceAll('-', '_')}_completion`;
}

function branch(keys: readonly string[], action: string): string {
  return keys.length === 0 ? '' : `      ${patterns(keys)}) ${action} ;;\n`;
}

function wordsCase(option: PlacedOption): string[] {
  return Array.isArray(option.value) ? [`    ${patterns(optionKeys(option))}) words=${quoted(option.value)} ;;\n`] : [];
}

/** @param action of `compgen`: `d` for folders, `f` for all files. */
function pathCase(valued: readonly PlacedOption[], kind: 'folder' | 'file', action: string): string {
  const keys = valued.filter(({ value }) => value === kind).flatMap(optionKeys);
  if (keys.length === 0) return '';
  return `    ${patterns(keys)})
      compopt -o filenames 2> /dev/null
      mapfile -t COMPREPLY < <(compgen -${action} -- "$cur")
      return ;;
`;
}

/** Options only where somebody begins to type one, unless there is nothing else to offer. */
function placeCase({ path, commands, options, words }: CompletionPlace): string {
  const names = [...commands.map(({ name }) => name), ...words];
  const flags = options.flatMap((option) => [...option.flags].reverse());
  const choice =
    names.length === 0
      ? `words=${quoted(flags)}`
      : `if [[ $cur == -* ]]; then words=${quoted(flags)}; else words=${quoted(names)}; fi`;
  return `      ${patterns([placeKey({ path })])}) ${choice} ;;`;
}

function patterns(keys: readonly string[]): string {
  return keys.map((key) => `'${key}'`).join(' | ');
}

/** Words for \`compgen -W\`, which expands them like a command line. */
function quoted(words: readonly string[]): string {
  const escaped = words.map((word) => word.replaceAll(/[^\w@%+=:,./-]/g, '\\$&'));
  return `'${escaped.join(' ').replaceAll("'", `'\\''`)}'`;
}
