import { randomInt } from 'node:crypto';
import { isTuxError } from '../../shared/errors.js';
import { isForbidden, isInteractionLost } from './discord-failure.js';
import { refuse } from './precondition.js';
import { UserError } from './user-error.js';

/** Without letters and digits that are easily mistaken for each other: people read it aloud. */
const ID_ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';

/** What becomes of an error that a command threw. */
export interface FailureAnswer {
  /** `expected`: somebody's mistake or Discord's answer; `bug`: ours, logged as an error. */
  readonly severity: 'expected' | 'bug';
  /** What the person is told; null when nothing can reach them. */
  readonly reply: string | null;
}

/** An id that a person can quote and an operator can search the log for. */
export function newErrorId(): string {
  return Array.from({ length: 8 }, () => ID_ALPHABET.charAt(randomInt(ID_ALPHABET.length))).join('');
}

/** The database does not answer, and nothing was done: see `Database` for the codes. */
export function isDatabaseOutage(error: unknown): boolean {
  return isTuxError(error) && error.code.startsWith('TUX_DB_') && error.code !== 'TUX_DB_UNCERTAIN';
}

/** Decides what a person gets to know about an error: as little as possible of the inside, as much as helps them. */
export function answerFailure(error: unknown, errorId: string): FailureAnswer {
  if (error instanceof UserError) {
    return { severity: 'expected', reply: [`⚠️ ${error.message}`, error.hint].filter(Boolean).join('\n💡 ') };
  }
  if (isTuxError(error) && error.code === 'TUX_CLOSING') {
    return { severity: 'expected', reply: refuse('bot.closing').message };
  }
  if (isTuxError(error) && error.code === 'TUX_DB_UNCERTAIN') {
    return { severity: 'expected', reply: refuse('database.uncertain').message };
  }
  if (isDatabaseOutage(error)) return { severity: 'expected', reply: refuse('database.unavailable').message };
  if (isTuxError(error) && error.code === 'TUX_STATE_WRITE') {
    return {
      severity: 'bug',
      reply: `❌ I could not write that down, so it is not done. Tell whoever runs me to look at my disk: \`${errorId}\``,
    };
  }
  if (isInteractionLost(error)) return { severity: 'expected', reply: null };
  if (isForbidden(error)) {
    return { severity: 'expected', reply: '⚠️ Discord does not let me do that here: I lack a permission.' };
  }
  return {
    severity: 'bug',
    reply: `❌ Something went wrong on my side. If it keeps happening, tell whoever runs me this id: \`${errorId}\``,
  };
}
