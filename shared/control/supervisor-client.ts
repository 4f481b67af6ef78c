import { z } from 'zod';
import { systemClock } from '../clock.js';
import { DeadlineError, deadline } from '../deadline.js';
import { isTuxError, TuxError } from '../errors.js';
import { ExitCode } from '../exit-codes.js';
import { socketPath } from '../paths.js';
import { type DeployResult, deployResultSchema } from './deploy-result.js';
import { type ReloadResult, reloadResultSchema } from './reload-result.js';
import { type RestartResult, restartResultSchema } from './restart-result.js';
import { requestOverSocket } from './socket-request.js';
import { type Status, statusSchema } from './status.js';
import { type WorkerDetails, workerDetailsSchema } from './worker-details.js';

const acceptedSchema = z.object({ accepted: z.literal(true) });
const failureSchema = z.object({
  error: z.object({ code: z.string(), message: z.string(), exitCode: z.number().optional() }),
});

/** A supervisor that runs answers a question at once, also one that it has to pass on to the bot, which has 2 s. */
const QUESTION_LIMIT_MS = 5_000;
/** It may read files first. */
const REQUEST_LIMIT_MS = 10_000;
/** A supervisor that has not answered for so long may be paused. */
const PAUSE_PROBE_MS = 1_000;
/** How often who waits for a restart looks whether the supervisor is still there. */
const PROBE_INTERVAL_MS = 5_000;

interface Call<T> {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
  readonly answer: z.ZodType<T>;
  /** Null: as long as it takes, or until `signal` aborts. */
  readonly limitMs: number | null;
  readonly signal?: AbortSignal;
}

/**
 * Talks to the supervisor of one state folder. Every method throws a TuxError (exit 1) when none answers: TUX_NOT_RUNNING,
 * TUX_NOT_LISTENING while it starts or stops, TUX_NO_ANSWER when it is silent, TUX_NOT_ALLOWED when it is another user's.
 */
export class SupervisorClient {
  readonly #stateDir: string;
  readonly #socketFile: string;

  constructor(stateDir: string) {
    this.#stateDir = stateDir;
    this.#socketFile = socketPath(stateDir, 'control.sock');
  }

  status(signal?: AbortSignal): Promise<Status> {
    const call = { method: 'GET', path: '/status', answer: statusSchema, limitMs: QUESTION_LIMIT_MS } as const;
    return this.#call({ ...call, ...(signal && { signal }) });
  }

  /** @throws TuxError TUX_BOT_DOWN or TUX_BOT_SILENT (exit 69) when no bot answers. */
  workerDetails(): Promise<WorkerDetails> {
    return this.#call({ method: 'GET', path: '/worker', answer: workerDetailsSchema, limitMs: QUESTION_LIMIT_MS });
  }

  async stop(body: { by: string; now: boolean }): Promise<void> {
    await this.#call({ method: 'POST', path: '/stop', body, answer: acceptedSchema, limitMs: REQUEST_LIMIT_MS });
  }

  /** Takes as long as a start does, and is given up when the supervisor falls silent meanwhile. */
  restart(body: { by: string; force: boolean }): Promise<RestartResult> {
    return this.#callPatiently({ method: 'POST', path: '/restart', body, answer: restartResultSchema, limitMs: null });
  }

  /** Takes as long as a look at the build and a start do; given up like {@link restart}. */
  deploy(body: { by: string; root: string; force: boolean }): Promise<DeployResult> {
    return this.#callPatiently({ method: 'POST', path: '/deploy', body, answer: deployResultSchema, limitMs: null });
  }

  async #callPatiently<T>(call: Call<T>): Promise<T> {
    const done = new AbortController();
    const silent = new AbortController();
    void this.#probe(done.signal).catch((error) => silent.abort(error));
    try {
      return await this.#call({ ...call, signal: silent.signal });
    } finally {
      done.abort();
    }
  }

  /** @throws TuxError TUX_CONFIG (exit 78) when the new configuration is not valid; then nothing has changed. */
  reload(): Promise<ReloadResult> {
    return this.#call({ method: 'POST', path: '/reload', answer: reloadResultSchema, limitMs: REQUEST_LIMIT_MS });
  }

  /** Rejects when the supervisor does not answer any more, or with the reason of `signal`. */
  async #probe(signal: AbortSignal): Promise<never> {
    for (;;) {
      await this.status(signal);
      await systemClock.sleep(PROBE_INTERVAL_MS, signal);
    }
  }

  async #call<T>(call: Call<T>): Promise<T> {
    const { status, text } = await this.#exchange(call);
    const json = parseJson(text);
    if (status >= 400) {
      const failure = failureSchema.safeParse(json);
      if (!failure.success) throw strangeAnswer(`${status} ${text.slice(0, 100)}`);
      const { code, message, exitCode } = failure.data.error;
      throw new TuxError(code, message, { exitCode: (exitCode ?? ExitCode.FAILURE) as ExitCode });
    }
    const answer = call.answer.safeParse(json);
    if (answer.success) return answer.data;
    const [issue] = answer.error.issues;
    throw strangeAnswer(json === undefined ? text.slice(0, 100) : `${issue?.path.join('.')}: ${issue?.message}`);
  }

  async #exchange({ method, path, body, limitMs, signal }: Call<unknown>): Promise<{ status: number; text: string }> {
    const socketFile = this.#socketFile;
    const send = (cut?: AbortSignal) => requestOverSocket({ socketFile, method, path, body, signal: cut });
    const done = new AbortController();
    const sendUnlessPaused = (cut: AbortSignal) => {
      const either = AbortSignal.any([cut, done.signal]);
      return Promise.race([send(either), this.#untilPaused(either)]);
    };
    try {
      return await (limitMs === null ? send(signal) : deadline('an answer', limitMs, sendUnlessPaused, signal));
    } catch (cause) {
      signal?.throwIfAborted();
      if (isTuxError(cause) && cause.code === 'TUX_NO_ANSWER') throw cause;
      const { connectionError, silenceError } = await import('./no-answer.js');
      const address = { stateDir: this.#stateDir, socketFile };
      if (cause instanceof DeadlineError) throw await silenceError(address, cause.limitMs);
      throw await connectionError(address, cause);
    } finally {
      done.abort();
    }
  }

  /** Rejects once the supervisor turns out to be paused: then there is no use in waiting on. */
  async #untilPaused(signal: AbortSignal): Promise<never> {
    for (;;) {
      await systemClock.sleep(PAUSE_PROBE_MS, signal);
      const { throwIfPaused } = await import('./no-answer.js');
      await throwIfPaused(this.#stateDir);
    }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Somebody answers, but not like the supervisor of this version. */
function strangeAnswer(received: string): TuxError {
  return new TuxError('TUX_STRANGE_ANSWER', `tux-supervisor answers like another version (${received})`, {
    exitCode: ExitCode.FAILURE,
    hint: 'after an upgrade, stop tux-supervisor and start it anew',
  });
}
