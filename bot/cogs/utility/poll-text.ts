import { parseDuration } from '../../framework/duration.js';

/** Two rows of five buttons. */
const MAX_ANSWERS = 10;
/** Longest label that Discord puts on a button. */
const MAX_ANSWER_LENGTH = 80;

/** Discord puts no label on a button that consists of nothing but spaces and control characters. */
const VISIBLE = /[^\p{Z}\p{C}]/u;

/** The answers, or the sentence that says what is wrong with them. */
export type ReadAnswers = { readonly answers: readonly string[] } | { readonly problem: string };

/** Reads `pizza | pasta | salad`. */
export function readAnswers(text: string): ReadAnswers {
  const answers = text
    .split('|')
    .map((answer) => answer.replaceAll(/\s+/g, ' ').trim())
    .filter((answer) => VISIBLE.test(answer));
  const distinct = new Set(answers.map((answer) => answer.toLowerCase()));
  if (answers.length < 2) return { problem: 'A poll needs at least two answers, with `|` between them.' };
  if (answers.length > MAX_ANSWERS) return { problem: `A poll has at most ${MAX_ANSWERS} answers.` };
  if (distinct.size < answers.length) return { problem: 'Two of the answers are the same.' };
  const isTooLong = answers.some((answer) => answer.length > MAX_ANSWER_LENGTH);
  return isTooLong ? { problem: `An answer has at most ${MAX_ANSWER_LENGTH} characters.` } : { answers };
}

/** How many words an unquoted question has: up to the first that ends with a question mark; without one, a single word. */
export function countQuestionWords(words: readonly string[]): number {
  return words.findIndex((word) => word.endsWith('?')) + 1 || 1;
}

/** How many words unquoted answers have: as soon as there is a `|`, all that do not read as the duration at the end. */
export function countAnswerWords(words: readonly string[]): number {
  const lastBar = words.findLastIndex((word) => word.includes('|'));
  if (lastBar === -1) return 1;
  // After a lone bar comes at least one word of the last answer.
  const firstFree = words[lastBar]?.endsWith('|') ? lastBar + 2 : lastBar + 1;
  for (let count = firstFree; count < words.length; count += 1) {
    if (parseDuration(words.slice(count).join(' ')) !== null) return count;
  }
  return words.length;
}
