import type { Actions, ChatPage, Overview, PageFailure } from '../shared/control/page-api.js';
import type { ReloadResult } from '../shared/control/reload-result.js';
import type { RestartResult } from '../shared/control/restart-result.js';

/** Why the supervisor did not do something, in words for people; or that it did not answer. */
export class RequestError extends Error {
  /** As in `PageFailure`; `NO_ANSWER` when none came. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RequestError';
    this.code = code;
  }
}

/** What is not a start of Tux is answered at once, or never. */
const ANSWER_LIMIT_MS = 10_000;

/** The page's side of `shared/control/page-api`. Every method throws {@link RequestError}. */
export const api = {
  overview: async (signal: AbortSignal) => {
    const response = await exchange('api/overview', { signal });
    return { overview: (await response.json()) as Overview, serverTime: response.headers.get('date') };
  },
  report: (runId: string) => text(`api/runs/${encodeURIComponent(runId)}/report`),
  crashRecord: (runId: string) => text(`api/runs/${encodeURIComponent(runId)}/crash`),
  /** Takes as long as the start of a worker. */
  restart: (force: boolean) => post<RestartResult>('api/restart', { force }, null),
  stop: (now: boolean) => post<{ accepted: true }>('api/stop', { now }),
  reload: () => post<ReloadResult>('api/reload', {}),
  login: (token: string) => post<{ actions: Actions }>('api/login', { token }),
  logout: () => post<{ actions: Actions }>('api/logout', {}),
  messages: async (channel: string) => {
    const response = await exchange(`api/sandbox/messages?channel=${encodeURIComponent(channel)}`);
    return (await response.json()) as ChatPage;
  },
  say: (request: { text: string; as: string; channel: string }) => post('api/sandbox/say', request),
  click: (request: { messageId: string; customId: string; values?: string[]; as: string; channel: string }) =>
    post('api/sandbox/click', request),
};

async function text(path: string): Promise<string> {
  return (await exchange(path)).text();
}

async function post<T>(path: string, body: object, limitMs: number | null = ANSWER_LIMIT_MS): Promise<T> {
  const headers = { 'content-type': 'application/json' };
  const response = await exchange(path, { method: 'POST', headers, body: JSON.stringify(body) }, limitMs);
  return (await response.json()) as T;
}

async function exchange(
  path: string,
  request: RequestInit = {},
  limitMs: number | null = ANSWER_LIMIT_MS,
): Promise<Response> {
  const signals = [request.signal, limitMs === null ? null : AbortSignal.timeout(limitMs)].filter(
    (each) => each != null,
  );
  let response: Response;
  try {
    response = await fetch(path, { ...request, signal: AbortSignal.any(signals), cache: 'no-store' });
  } catch (cause) {
    throw new RequestError('NO_ANSWER', 'The supervisor does not answer.', { cause });
  }
  if (response.ok) return response;
  throw await failureOf(response);
}

async function failureOf(response: Response): Promise<RequestError> {
  try {
    const { error } = (await response.json()) as PageFailure;
    return new RequestError(error.code, error.message);
  } catch (cause) {
    return new RequestError('UNKNOWN', `The supervisor answered with ${response.status}.`, { cause });
  }
}

/** What went wrong, for people. */
export function explain(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
