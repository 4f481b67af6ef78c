import { SimpleShardingStrategy } from '@discordjs/ws';
import { WebSocket } from 'ws';

/** What @discordjs/ws keeps to itself, and may keep elsewhere one day. */
interface StrategyInternals {
  readonly shards?: ReadonlyMap<number, { readonly connection?: WebSocket | null }>;
}

/**
 * Destroys connections that are not open yet as well. @discordjs/ws 1.2.3 only forgets them, with their error listener: one that
 * fails a moment later, because the gateway has gone away, would be an uncaught exception, and one that succeeds would stay.
 */
export class TuxShardingStrategy extends SimpleShardingStrategy {
  override async destroy(options?: Parameters<SimpleShardingStrategy['destroy']>[0]): Promise<void> {
    const { shards } = this as unknown as StrategyInternals;
    const connections = [...(shards?.values() ?? [])].map(({ connection }) => connection);
    const unfinished = connections.filter((connection) => connection?.readyState === WebSocket.CONNECTING);
    for (const connection of unfinished) connection?.on('error', () => {}); // nobody needs it any more
    await super.destroy(options);
    for (const connection of unfinished) connection?.terminate();
  }
}
