import { UserError } from '../../framework/user-error.js';

/** Longest name of a snippet, in characters: as long as the column of the table. */
export const MAX_NAME_LENGTH = 50;

const NAME = /^[\p{L}\p{N}][\p{L}\p{N}_-]*$/u;

/** The sub-commands: `$snippet list` can never be a snippet's text. */
const RESERVED: ReadonlySet<string> = new Set(['create', 'edit', 'alias', 'delete', 'list', 'info', 'show']);

/** The one way in which a name is written in the database: people need not mind upper and lower case. */
export function normalizeName(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

/**
 * The name of a snippet that is to be made.
 *
 * @throws UserError TUX_SNIPPET_NAME, which says what is wrong with it.
 */
export function newName(text: string): string {
  const name = normalizeName(text);
  if (RESERVED.has(name)) {
    throw new UserError('TUX_SNIPPET_NAME', `\`${name}\` is the name of a sub-command; take another one.`);
  }
  if (NAME.test(name) && name.length <= MAX_NAME_LENGTH) return name;
  throw new UserError('TUX_SNIPPET_NAME', `A name has 1 to ${MAX_NAME_LENGTH} letters, digits, \`-\` or \`_\`.`, {
    hint: 'It begins with a letter or a digit.',
  });
}
