import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import type { PageFailure } from '../../shared/control/page-api.js';
import { describeError, isTuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';

/** What goes back to whoever asked. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** An answer that goes on: `open` is called once its head is sent. */
export interface OpenAnswer {
  readonly headers: Readonly<Record<string, string>>;
  open(response: ServerResponse): void;
}

/** A request that is not done, as an error for where a value cannot be handed back. */
export class Refusal extends Error {
  readonly answer: Answer;

  constructor(answer: Answer) {
    super(`refused with ${answer.status}`);
    this.answer = answer;
  }
}

/** An answer with JSON, which no cache keeps. @param headers in addition to its type. */
export function jsonAnswer(value: unknown, status = 200, headers: Record<string, string> = {}): Answer {
  const type = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };
  return { status, headers: { ...type, ...headers }, body: `${JSON.stringify(value)}\n` };
}

/** An answer (200) with text, which no cache keeps. */
export function textAnswer(text: string, type = 'text/plain; charset=utf-8'): Answer {
  return { status: 200, headers: { 'content-type': type, 'cache-control': 'no-store' }, body: text };
}

/** @param message for people. */
export function failureAnswer(
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): Answer {
  const failure: PageFailure = { error: { code, message } };
  return jsonAnswer(failure, status, headers);
}

/** What an error that was thrown means to whoever asked. Only a bug is 500, and says nothing of itself. */
export function answerOfError(error: unknown): Answer {
  if (error instanceof Refusal) return error.answer;
  if (error instanceof z.ZodError) return failureAnswer(400, 'TUX_HTTP_BODY', z.prettifyError(error));
  if (!isTuxError(error)) return failureAnswer(500, 'TUX_HTTP', 'The supervisor failed; its log says why');
  const isAbsent = error.exitCode === ExitCode.UNAVAILABLE;
  return failureAnswer(isAbsent ? 503 : 409, error.code, describeError(error));
}
