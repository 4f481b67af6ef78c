import { request } from 'node:http';

/** What {@link requestOverSocket} sends. */
export interface SocketRequest {
  readonly socketFile: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/**
 * One HTTP exchange over a Unix socket: global `fetch` cannot do it.
 *
 * @throws the error of the connection as Node gives it, with its errno, or an AbortError.
 */
export function requestOverSocket(sent: SocketRequest): Promise<{ status: number; text: string }> {
  const { socketFile, method, path, body, signal } = sent;
  return new Promise((resolve, reject) => {
    const headers = { host: 'tux', 'content-type': 'application/json' };
    const call = request({ socketPath: socketFile, method, path, headers, ...(signal && { signal }) }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.once('end', () => resolve({ status: response.statusCode ?? 500, text }));
      response.once('error', reject);
    });
    call.once('error', reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
