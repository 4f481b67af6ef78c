import { type IPty, spawn } from '@lydell/node-pty';
import { deadline } from '../../shared/deadline.js';

/** What Ctrl-C types: the terminal turns it into SIGINT for every process of the foreground group. */
const CTRL_C = '\x03';

/** A program in a real terminal. */
export class Terminal {
  readonly ended: Promise<{ readonly code: number; readonly signal: number }>;
  readonly #pty: IPty;
  readonly #followers = new Set<() => void>();
  #output = '';

  constructor(file: string, args: string[], options: { readonly cwd: string; readonly env: Record<string, string> }) {
    this.#pty = spawn(file, args, { ...options, name: 'xterm', cols: 200, rows: 50 });
    this.#pty.onData((text) => {
      this.#output += text;
      for (const follower of this.#followers) follower();
    });
    this.ended = new Promise((done) => {
      this.#pty.onExit(({ exitCode, signal }) => done({ code: exitCode, signal: signal ?? 0 }));
    });
  }

  /** Everything that was shown. */
  get output(): string {
    return this.#output;
  }

  pressCtrlC(): void {
    this.#pty.write(CTRL_C);
  }

  /** Closes the window: the program gets SIGHUP, and its output leads nowhere. */
  close(): void {
    (this.#pty as IPty & { destroy(): void }).destroy();
  }

  /** Waits until `text` has been shown. */
  async shows(text: string, timeoutMs = 30_000): Promise<void> {
    let follower = () => {};
    try {
      await deadline(`waiting for '${text}' on the terminal`, timeoutMs, () => {
        return new Promise<void>((resolve) => {
          follower = () => this.#output.includes(text) && resolve();
          this.#followers.add(follower);
          follower();
        });
      });
    } catch (error) {
      throw new Error(`${(error as Error).message}; shown so far:\n${this.#output}`, { cause: error });
    } finally {
      this.#followers.delete(follower);
    }
  }
}
