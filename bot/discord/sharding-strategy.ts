import { SimpleShardingStrategy, type WebSocketManager, WebSocketShardEvents } from '@discordjs/ws';
import { WebSocket } from 'ws';

/** How long the gateway has to answer a closing handshake. It does so within a round trip, if it still is there. */
const CLOSE_LIMIT_MS = 2_000;

type Connection = Partial<Pick<WebSocket, 'readyState' | 'on' | 'close' | 'terminate'>>;

/** What `SimpleShardingStrategy` and `WebSocketShard` keep to themselves, and may keep elsewhere one day. */
interface StrategyInternals {
  readonly shards?: ReadonlyMap<number, { readonly connection?: Connection | null }>;
}

/**
 * How discord.js opens and closes its connections to the gateway, with two faults of @discordjs/ws 1.2.3 mended. Where another
 * version keeps its connections elsewhere, it does what that version does.
 *
 * * A connection that is not open yet is only forgotten by `destroy`, with its error listener: one that fails a moment later,
 *   because the gateway has gone away, would be an uncaught exception, and one that succeeds would stay. It is cut here.
 * * When the gateway has gone silent, the connection is closed, and the next one waits for the answer to that, which `ws` gives up
 *   after 30 s: so long nobody is heard, on top of the heartbeats that it took to notice. Here an answer has 2 s.
 */
export class TuxShardingStrategy extends SimpleShardingStrategy {
  constructor(manager: WebSocketManager) {
    super(manager);
    manager.on(WebSocketShardEvents.Hello, ({ shardId }) => {
      const connection = this.#shards?.get(shardId)?.connection;
      if (connection) closeInTime(connection);
    });
  }

  override async destroy(options?: Parameters<SimpleShardingStrategy['destroy']>[0]): Promise<void> {
    const connections = [...(this.#shards?.values() ?? [])].map(({ connection }) => connection);
    const unfinished = connections.filter((connection) => connection?.readyState === WebSocket.CONNECTING);
    for (const connection of unfinished) connection?.on?.('error', () => {}); // nobody needs it any more
    await super.destroy(options);
    for (const connection of unfinished) connection?.terminate?.();
  }

  get #shards(): StrategyInternals['shards'] {
    return (this as unknown as StrategyInternals).shards;
  }
}

/** From now on `connection` is cut when its closing is not answered in time. */
function closeInTime(connection: Connection): void {
  const close = connection.close?.bind(connection);
  if (!close || !connection.terminate) return;
  connection.close = (code, reason) => {
    close(code, reason);
    setTimeout(() => connection.terminate?.(), CLOSE_LIMIT_MS).unref(); // of no effect on one that has closed
  };
}
