/** What the thread of the embedded database is started with. */
export interface EmbeddedThreadData {
  readonly databaseDir: string;
  readonly socketPath: string;
}

/** Sent to the thread, once: open the database and serve it. Until then it only loads what that takes. */
export const OPEN_MESSAGE = 'open';

/** Sent to the thread: stop serving, flush, end. */
export const CLOSE_MESSAGE = 'close';

/** Sent by the thread. `failed` before `ready`: it could not be opened; after: it broke down. Its exit means closed. */
export type EmbeddedThreadMessage = { readonly type: 'ready' } | { readonly type: 'failed'; readonly message: string };
