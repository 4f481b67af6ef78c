import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually } from './processes.js';

/** What was posted. */
export interface Posted {
  readonly path: string;
  /** The text of the body. */
  readonly body: string;
  /** Its `content`. */
  readonly content: string;
}

/** A webhook of Discord's kind on this machine. Answers 204 unless `answer` says otherwise. */
export class WebhookServer {
  readonly posted: Posted[] = [];
  answer: (response: ServerResponse) => void = (response) => response.writeHead(204).end();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      this.posted.push({ path: request.url ?? '', body, content: JSON.parse(body).content });
      this.answer(response);
    });
  }

  static async start(): Promise<WebhookServer> {
    const webhook = new WebhookServer();
    await new Promise<void>((resolve) => webhook.#server.listen(0, '127.0.0.1', resolve));
    return webhook;
  }

  /** With a token as a real one has it. */
  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/api/webhooks/123456789012345678/${WEBHOOK_TOKEN}`;
  }

  /** Waits until so many posts have come. */
  async received(count: number): Promise<void> {
    await eventually(`${count} posts have come`, () => this.posted.length >= count);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

export const WEBHOOK_TOKEN = 'a-webhook-token-that-nobody-must-see';
