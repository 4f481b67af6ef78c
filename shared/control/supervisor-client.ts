import { request } from 'node:http';
import { z } from 'zod';
import { errnoOf, isTuxError, TuxError } from '../errors.js';
import { ExitCode } from '../exit-codes.js';
import { socketPath } from '../paths.js';
import { type ReloadResult, reloadResultSchema } from './reload-result.js';
import { type RestartResult, restartResultSchema } from './restart-result.js';
import { type Status, statusSchema } from './status.js';
import { type WorkerDetails, workerDetailsSchema } from './worker-details.js';

const failureSchema = z.object({
  error: z.object({ code: z.string(), message: z.string(), exitCode: z.number().optional() }),
});

/** A supervisor that runs answers at once; a restart alone takes as long as a start does. */
const ANSWER_LIMIT_MS = 10_000;

/** Talks to the supervisor of one state folder. Every method throws TUX_NOT_RUNNING (exit 1) when none answers. */
export class SupervisorClient {
  readonly #socketFile: string;

  constructor(stateDir: string) {
    this.#socketFile = socketPath(stateDir, 'control.sock');
  }

  async status(): Promise<Status> {
    return statusSchema.parse(await this.#call('GET', '/status'));
  }

  /** @throws TuxError TUX_BOT_DOWN or TUX_BOT_SILENT (exit 69) when no bot answers. */
  async workerDetails(): Promise<WorkerDetails> {
    return workerDetailsSchema.parse(await this.#call('GET', '/worker'));
  }

  async stop(options: { by: string; now: boolean }): Promise<void> {
    await this.#call('POST', '/stop', options);
  }

  async restart(options: { by: string; force: boolean }): Promise<RestartResult> {
    return restartResultSchema.parse(await this.#call('POST', '/restart', options, null));
  }

  /** @throws TuxError TUX_CONFIG (exit 78) when the new configuration is not valid; then nothing has changed. */
  async reload(): Promise<ReloadResult> {
    return reloadResultSchema.parse(await this.#call('POST', '/reload'));
  }

  async #call(
    method: string,
    path: string,
    body?: unknown,
    limitMs: number | null = ANSWER_LIMIT_MS,
  ): Promise<unknown> {
    const { status, text } = await this.#exchange(method, path, body, limitMs);
    const json: unknown = JSON.parse(text);
    if (status < 400) return json;
    const { error } = failureSchema.parse(json);
    throw new TuxError(error.code, error.message, { exitCode: (error.exitCode ?? ExitCode.FAILURE) as ExitCode });
  }

  #exchange(
    method: string,
    path: string,
    body: unknown,
    limitMs: number | null,
  ): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const call = request(
        { socketPath: this.#socketFile, method, path, headers: { host: 'tux', 'content-type': 'application/json' } },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => {
            text += chunk;
          });
          response.once('end', () => resolve({ status: response.statusCode ?? 500, text }));
          response.once('error', (cause) => reject(this.#explain(cause)));
        },
      );
      call.once('error', (cause) => reject(this.#explain(cause)));
      if (limitMs !== null) call.setTimeout(limitMs, () => call.destroy(silentError(limitMs)));
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  #explain(cause: Error): TuxError {
    if (isTuxError(cause)) return cause;
    const errno = errnoOf(cause);
    if (errno === 'EACCES' || errno === 'EPERM') {
      return new TuxError('TUX_NOT_ALLOWED', `${this.#socketFile} belongs to another user`, {
        cause,
        exitCode: ExitCode.FAILURE,
        hint: 'run the command as the user that runs tux-supervisor',
      });
    }
    if (errno === 'ECONNRESET') {
      return new TuxError('TUX_NOT_RUNNING', 'tux-supervisor ended before it answered', {
        cause,
        exitCode: ExitCode.FAILURE,
        hint: 'see tux-supervisor history',
      });
    }
    return new TuxError('TUX_NOT_RUNNING', `No tux-supervisor is running (no answer at ${this.#socketFile})`, {
      cause,
      exitCode: ExitCode.FAILURE,
      hint: 'start it with tux-supervisor start, or name its folder with --state-dir',
    });
  }
}

function silentError(limitMs: number): TuxError {
  return new TuxError('TUX_NO_ANSWER', `tux-supervisor did not answer within ${limitMs / 1_000} s`, {
    exitCode: ExitCode.FAILURE,
    hint: 'it may be paused (SIGSTOP) or the machine overloaded; see the pid in supervisor.lock',
  });
}
