import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { failureAnswer, Refusal } from './answer.js';

/** Everything that is asked for fits in a fraction of it. */
const MAX_BODY_BYTES = 64 * 1024;

/** One request, as the routes see it. */
export interface WebRequest {
  readonly headers: IncomingHttpHeaders;
  /** The address that it comes from. */
  readonly from: string;
  readonly query: URLSearchParams;
  /** The parts of the path that the route names. */
  readonly params: Readonly<Record<string, string>>;
  readonly isLoggedIn: boolean;
  /** The body. @throws Refusal when it is not what `schema` says. */
  read<T>(schema: z.ZodType<T>): Promise<T>;
}

/** Reads a body of JSON. @throws Refusal with 413, 415 or 400. */
export async function readJson<T>(message: IncomingMessage, schema: z.ZodType<T>): Promise<T> {
  const type = message.headers['content-type'] ?? '';
  // A page of somebody else can make a browser send a form or text, but JSON only with leave, which it does not get.
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw new Refusal(failureAnswer(415, 'TUX_HTTP_TYPE', 'The body has to be application/json'));
  }
  const text = await readText(message);
  const parsed = schema.safeParse(parse(text));
  if (parsed.success) return parsed.data;
  throw parsed.error;
}

async function readText(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Refusal(failureAnswer(413, 'TUX_HTTP_BODY', 'The body is too large'));
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** No body is the same as an empty one: `curl -X POST` is enough. */
function parse(text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch (error) {
    throw new Refusal(failureAnswer(400, 'TUX_HTTP_BODY', `The body is not JSON: ${(error as Error).message}`));
  }
}
