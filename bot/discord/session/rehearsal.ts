import { once } from 'node:events';
import type { WebSocketManager } from '@discordjs/ws';
import { Events, type Interaction, type Message } from 'discord.js';
import { deadline } from '../../../shared/deadline.js';
import { createClient } from '../client-factory.js';
import { closeResumable, handOverSession, internalsProblem, observePackets, primeGuilds } from './discord-internals.js';
import { openStage, SOMEBODY } from './rehearsal-stage.js';
import type { LoadedSnapshot } from './snapshot-reader.js';

const LIMIT_MS = 5_000;
/** No real token: the gateway of the rehearsal takes any. */
const TOKEN = 'rehearsal';
const ROUNDS = 3;
/** As many guilds are enough to fill caches with. */
const GUILDS = 3;

/** The smallest world that a client can resume in. */
const nobody: LoadedSnapshot = {
  sessionId: 'rehearsal',
  ready: { user: { id: SOMEBODY }, application: { id: SOMEBODY }, guildIds: [] },
  guilds: [],
};

/** Who answers what people say. */
export interface Answerer {
  handleMessage(message: Message): Promise<void>;
  handleInteraction(interaction: Interaction): Promise<void>;
}

/**
 * Goes through a RESUME and two commands that are answered, a few times, against a gateway of its own on the loopback
 * interface, with clients that are thrown away. V8 compiles a function when it is first called: what a standby has never done takes
 * several times as long when it takes over, and then somebody waits. Touches no file, and nothing of Discord.
 *
 * @param world guilds, of which a few fill the caches; null: none.
 */
export async function rehearseResume(
  world: LoadedSnapshot | null,
  answerer: Answerer,
  signal: AbortSignal,
): Promise<void> {
  if (internalsProblem() !== null) return; // then there will be no RESUME
  const snapshot = world ? { ...world, guilds: world.guilds.slice(0, GUILDS) } : nobody;
  const stage = await openStage(snapshot.ready.user.id);
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      await deadline(
        'rehearsal of a RESUME',
        LIMIT_MS,
        (limit) => resumeOnce(stage.port, snapshot, answerer, limit),
        signal,
      );
    }
  } finally {
    await stage.close();
  }
}

async function resumeOnce(
  port: number,
  snapshot: LoadedSnapshot,
  answerer: Answerer,
  signal: AbortSignal,
): Promise<void> {
  const session = {
    sessionId: 'rehearsal',
    resumeURL: `ws://127.0.0.1:${port}`,
    sequence: 1,
    shardId: 0,
    shardCount: 1,
  };
  const client = createClient({
    apiUrl: `http://127.0.0.1:${port}/api`,
    buildIdentifyThrottler: () => ({ waitForIdentify: () => new Promise(() => {}) }),
    onSockets: (manager: WebSocketManager) => handOverSession(client, manager, session, snapshot.ready),
  });
  client.on('error', () => {}); // it is only a rehearsal
  const answered = new Promise<unknown>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    const message = once(client, Events.MessageCreate).then(([said]) => answerer.handleMessage(said as Message));
    const slash = once(client, Events.InteractionCreate).then(([used]) =>
      answerer.handleInteraction(used as Interaction),
    );
    Promise.all([message, slash]).then(resolve, reject);
  });
  answered.catch(() => {}); // it may not come to that
  observePackets(client, { received: () => {}, handling: (_packet, run) => run() });
  try {
    await primeGuilds(client, snapshot, signal);
    client.login(TOKEN).catch(() => {});
    await answered;
  } finally {
    await closeResumable(client).catch(() => {});
    await client.destroy().catch(() => {});
  }
}
