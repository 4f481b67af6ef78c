import { type CompletionPlace, optionKeys, optionsWithValue, type PlacedOption, placeKey } from './command-tree.js';

/** Completion for zsh: to be sourced, or as a file `_PROGRAM` in a folder of `$fpath`. */
export function zshScript(program: string, places: readonly CompletionPlace[]): string {
  const valued = optionsWithValue(places);
  return `#compdef ${program}
# zsh completion of ${program}. To load it, after compinit: source <(${program} completion zsh)
_${program}() {
  local at='' value='' word
  local -a names flags
  local -i i
  for ((i = 2; i < CURRENT; i++)); do
    word=\${words[i]}
    if [[ -n $value ]]; then value=''; continue; fi
    case "$at $word" in
${branch(places.slice(1).map(placeKey), 'at+=" $word"')}${branch(valued.flatMap(optionKeys), 'value="$at $word"')}    esac
  done
  case "$value" in
    ('') ;;
${valued
  .flatMap(valueCase)
  .map((line) => `${line}\n`)
  .join('')}    (*) return 1 ;;
  esac
  case "$at" in
${places.map(placeCase).join('\n')}
  esac
  if [[ \${words[CURRENT]} == -* ]] || (( ! \${#names} )); then
    _describe -o option flags
  else
    _describe command names
  fi
}
if [[ \${funcstack[1]} == _${program} ]]; then _${program} "$@"; else compdef _${program} ${program}; fi
`;
}

function branch(keys: readonly string[], action: string): string {
  return keys.length === 0 ? '' : `      (${patterns(keys)}) ${action} ;;\n`;
}

function valueCase(option: PlacedOption): string[] {
  const { value } = option;
  const keys = patterns(optionKeys(option));
  if (value === 'folder') return [`    (${keys}) _files -/; return ;;`];
  if (value === 'file') return [`    (${keys}) _files; return ;;`];
  return Array.isArray(value) ? [`    (${keys}) compadd -- ${value.map(quoted).join(' ')}; return ;;`] : [];
}

function placeCase({ path, commands, options, words }: CompletionPlace): string {
  const names = [
    ...commands.map(({ name, description }) => item(name, description)),
    ...words.map((word) => item(word)),
  ];
  const flags = options.flatMap((option) => option.flags.map((flag) => item(flag, option.description)));
  return `    (${patterns([placeKey({ path })])})
      names=(${names.join(' ')})
      flags=(${flags.join(' ')}) ;;`;
}

/** An entry of \`_describe\`: a colon ends the name. */
function item(name: string, description = ''): string {
  const escaped = name.replaceAll(':', '\\:');
  return quoted(description === '' ? escaped : `${escaped}:${description}`);
}

function patterns(keys: readonly string[]): string {
  return keys.map(quoted).join('|');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
