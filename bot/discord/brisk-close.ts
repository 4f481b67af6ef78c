import type { IShardingStrategy, WebSocketManager } from '@discordjs/ws';
import { WebSocketShardEvents } from '@discordjs/ws';
import type { WebSocket } from 'ws';

/** How long the gateway has to answer a closing handshake. It does so within a round trip, if it still is there. */
const CLOSE_LIMIT_MS = 2_000;

/** What `SimpleShardingStrategy` and `WebSocketShard` keep private. */
interface StrategyInternals {
  readonly shards?: ReadonlyMap<
    number,
    { readonly connection?: Partial<Pick<WebSocket, 'close' | 'terminate'>> | null }
  >;
}

/**
 * When the gateway has gone silent, discord.js closes the connection and waits for the answer before it connects anew, which `ws`
 * gives up after 30 s: so long nobody is heard, on top of the heartbeats that it took to notice. From now on the connection is cut
 * when no answer comes in time. Where @discordjs/ws (1.2.3) is made otherwise, nothing happens.
 */
export function closeBriskly(manager: WebSocketManager, strategy: IShardingStrategy): void {
  manager.on(WebSocketShardEvents.Hello, ({ shardId }) => {
    const connection = (strategy as unknown as StrategyInternals).shards?.get(shardId)?.connection;
    const close = connection?.close?.bind(connection);
    if (!connection?.terminate || !close) return;
    connection.close = (code, reason) => {
      close(code, reason);
      setTimeout(() => connection.terminate?.(), CLOSE_LIMIT_MS).unref(); // of no effect on one that has closed
    };
  });
}
