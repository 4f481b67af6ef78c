import * as sockets from '@discordjs/ws';
import * as discord from 'discord.js';

/** Versions of discord.js whose insides have been read and tried out. */
export const SUPPORTED: readonly string[] = ['14.28.1'];
/** The version of @discordjs/ws that goes with them. */
const SUPPORTED_SOCKETS: readonly string[] = ['1.2.3'];

/** What is looked at: the two libraries, and an instance of each class whose fields are used. */
export interface InternalsUnderTest {
  readonly discord: object;
  readonly sockets: object;
  /** `client.ws`. */
  readonly manager: object;
  /** One of `client.ws.shards`. */
  readonly shard: object;
}

type Part = readonly [
  object: keyof InternalsUnderTest,
  path: readonly string[],
  expected: 'function' | 'object' | 'boolean' | 'null' | number,
];

/** Everything that discord-internals.ts relies on and that the libraries do not promise. */
export const PARTS: readonly Part[] = [
  ['manager', ['handlePacket'], 'function'],
  ['manager', ['checkShardsReady'], 'function'],
  ['manager', ['triggerClientReady'], 'function'],
  ['manager', ['attachEvents'], 'function'],
  ['manager', ['packetQueue'], 'object'],
  ['manager', ['shards'], 'object'],
  ['manager', ['_ws'], 'null'],
  ['manager', ['destroyed'], 'boolean'],
  ['manager', ['status'], discord.Status.Idle],
  ['shard', ['checkReady'], 'function'],
  ['shard', ['gotGuild'], 'function'],
  ['shard', ['onReadyPacket'], 'function'],
  ['shard', ['sessionInfo'], 'null'],
  ['shard', ['closeSequence'], 0],
  ['shard', ['id'], 0],
  ['shard', ['status'], discord.Status.Idle],
  ['discord', ['Status', 'Ready'], 0],
  ['discord', ['Status', 'Connecting'], 1],
  ['discord', ['Status', 'Idle'], 3],
  ['discord', ['Status', 'Resuming'], 8],
  ['discord', ['Guild', 'prototype', '_patch'], 'function'],
  ['discord', ['GuildManager', 'prototype', '_add'], 'function'],
  ['discord', ['ChannelManager', 'prototype', '_add'], 'function'],
  ['discord', ['ClientUser', 'prototype', '_patch'], 'function'],
  ['discord', ['ClientApplication', 'prototype', '_patch'], 'function'],
  ['sockets', ['CloseCodes', 'Resuming'], 4200],
  ['sockets', ['WebSocketManager', 'prototype', 'destroy'], 'function'],
  ['sockets', ['WebSocketManager', 'prototype', 'send'], 'function'],
  ['sockets', ['WebSocketManager', 'prototype', 'fetchGatewayInformation'], 'function'],
  ['sockets', ['WebSocketManager', 'prototype', 'prependListener'], 'function'],
  ['sockets', ['WebSocketShard', 'prototype', 'internalConnect'], 'function'],
  ['sockets', ['WebSocketShard', 'prototype', 'resume'], 'function'],
  ['sockets', ['SimpleContextFetchingStrategy', 'prototype', 'retrieveSessionInfo'], 'function'],
  ['sockets', ['SimpleContextFetchingStrategy', 'prototype', 'updateSessionInfo'], 'function'],
  ['sockets', ['SimpleShardingStrategy', 'prototype', 'destroy'], 'function'],
];

/**
 * Why the insides of discord.js must not be used: a version that nobody has tried, or something is not where it was. Null when
 * all is as expected. Takes less than a millisecond.
 */
export function internalsProblem(installed: InternalsUnderTest | null = null): string | null {
  try {
    const found = installed ?? installedInternals();
    return versionProblem(found) ?? shapeProblem(found) ?? queueProblem(found);
  } catch (error) {
    return `the insides of discord.js have changed (${error instanceof Error ? error.message : String(error)})`;
  }
}

/** The libraries that are installed. The classes want a client only to remember it. */
export function installedInternals(): InternalsUnderTest {
  const { WebSocketManager, WebSocketShard } = discord as unknown as {
    WebSocketManager: new (client: object) => object;
    WebSocketShard: new (manager: object, id: number) => object;
  };
  const manager = new WebSocketManager({});
  return { discord, sockets, manager, shard: new WebSocketShard(manager, 0) };
}

function versionProblem(found: InternalsUnderTest): string | null {
  const version = at(found.discord, ['version']);
  if (!SUPPORTED.includes(String(version))) return `discord.js ${version} has not been tried`;
  const socketsVersion = at(found.sockets, ['version']);
  if (!SUPPORTED_SOCKETS.includes(String(socketsVersion))) return `@discordjs/ws ${socketsVersion} has not been tried`;
  return null;
}

function shapeProblem(found: InternalsUnderTest): string | null {
  for (const [object, path, expected] of PARTS) {
    const value = at(found[object], path);
    const isAsExpected =
      typeof expected === 'number' ? value === expected : (value === null ? 'null' : typeof value) === expected;
    if (!isAsExpected) return `${object}.${path.join('.')} of discord.js is not what it was`;
  }
  return null;
}

/** Before it is ready, discord.js queues a message and calls no handler for it. */
function queueProblem({ manager }: InternalsUnderTest): string | null {
  const trial: object = Object.create(manager, { packetQueue: { value: [] }, status: { value: discord.Status.Idle } });
  const { handlePacket, packetQueue } = trial as { handlePacket(packet: object): boolean; packetQueue: unknown[] };
  const isHandled = handlePacket.call(trial, { t: 'MESSAGE_CREATE' });
  return isHandled === false && packetQueue.length === 1 ? null : 'discord.js does not queue events before it is ready';
}

function at(object: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string, unknown> | null | undefined)?.[key], object);
}
