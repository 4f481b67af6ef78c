import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Client } from 'discord.js';
import { createClient } from '../bot/discord/client-factory.js';
import { CacheSnapshot, type LoadedSnapshot } from '../bot/discord/session/cache-snapshot.js';
import { type PrimedGuild, primeGuilds, type ReadySnapshot } from '../bot/discord/session/discord-internals.js';
import { systemClock } from '../shared/clock.js';
import { silentLogger } from '../shared/logging/logger.js';
import { community, OWN_ID } from './community.js';

// What it costs to keep the caches of a large bot in a file, and to fill those of its successor from it: all of them, or what has changed
// since a standby has filled them ahead. Beside it, what JSON.stringify and JSON.parse alone take for the same data in the same run. Usage: npm run bench session-snapshot

const SIZE = { guilds: 500, channels: 50, overwrites: 3, roles: 20 };
const RUNS = 5;
/** One guild of so many has changed since a standby has filled its caches. */
const CHANGED_EVERY = 20;
/** Session of a client that never connected. */
const SESSION = 'none';
const MIB = 1024 * 1024;

interface Cost {
  readonly ms: number;
  /** The longest that the event loop was held up. */
  readonly blockMs: number;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const folder = await mkdtemp(join(tmpdir(), 'tux-bench-'));
try {
  const path = join(folder, 'gateway-cache.jsonl');
  const source = await firstClient();
  const [written, loaded, primed, same, changed, stringified, parsed]: Cost[][] = [[], [], [], [], [], [], []];
  for (let run = 0; run < RUNS; run += 1) {
    const writer = new CacheSnapshot({ path, clock: systemClock, log: silentLogger() });
    written?.push(await costOf(() => writer.begin(source)));
    await writer.close();
    loaded?.push(await costOf(() => load(path)));
    const current = await load(path);
    const successor = newClient();
    primed?.push(await costOf(() => primeGuilds(successor, current, new AbortController().signal)));
    if (successor.channels.cache.size !== SIZE.guilds * SIZE.channels) throw new Error('channels are missing');
    collectGarbage(); // as a standby does
    const again = await load(path);
    same?.push(await costOf(() => primeGuilds(successor, again, new AbortController().signal)));
    const newer = someChanged(await load(path));
    changed?.push(await costOf(() => primeGuilds(successor, newer, new AbortController().signal)));
    await successor.destroy();
    const data = (await readFile(path, 'utf8')).split('\n').filter(Boolean);
    const values = data.map((line) => JSON.parse(line) as object);
    stringified?.push(await costOf(async () => void values.map((value) => JSON.stringify(value))));
    parsed?.push(await costOf(async () => void data.map((line) => JSON.parse(line))));
  }
  await source.destroy();
  const [stringify, parse] = [median(stringified), median(parsed)];
  const row = (name: string, costs: Cost[] | undefined, alone: Cost, what: string) => {
    const { ms } = median(costs);
    const blockMs = Math.max(...(costs ?? []).map((cost) => cost.blockMs));
    const ratio = `${(ms / alone.ms).toFixed(1)} × ${what} alone (${alone.ms.toFixed(0)} ms)`;
    print(name, `${ms.toFixed(0)} ms, longest block ${blockMs.toFixed(0)} ms, ${ratio}`);
  };
  print('guilds × channels', `${SIZE.guilds} × ${SIZE.channels}, ${SIZE.roles} roles, ${SIZE.overwrites} overwrites`);
  print('file', `${((await stat(path)).size / MIB).toFixed(1)} MiB`);
  row('snapshot, to the disk', written, stringify, 'JSON.stringify');
  row('load and check', loaded, parse, 'JSON.parse');
  row('prime', primed, parse, 'JSON.parse');
  row('ahead, nothing changed', same, parse, 'JSON.parse');
  row(`ahead, ${100 / CHANGED_EVERY} % changed`, changed, parse, 'JSON.parse');
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** A snapshot in which some of the guilds are not as they were. */
function someChanged(snapshot: LoadedSnapshot): LoadedSnapshot {
  const isChanged = (n: number) => n % CHANGED_EVERY === 0;
  const guilds = snapshot.guilds.map((guild, n) => (isChanged(n) ? { ...guild, checksum: guild.checksum + 1 } : guild));
  return { ...snapshot, guilds };
}

/** The client whose caches are kept: filled from what Discord sends. */
async function firstClient(): Promise<Client<true>> {
  const client = newClient();
  const guilds: PrimedGuild[] = [...community(SIZE)].map((guild, n) => {
    return { id: guild.id, s: n + 2, checksum: n, read: () => ({ ...guild }) };
  });
  const application = { id: OWN_ID, flags: 0 };
  const user = { id: OWN_ID, username: 'Tux', discriminator: '0', global_name: null, avatar: null, bot: true };
  const ready: ReadySnapshot = { user, application, guildIds: guilds.map(({ id }) => id) };
  await primeGuilds(client, { ready, guilds }, new AbortController().signal);
  return client as Client<true>;
}

function newClient(): Client {
  return createClient({ apiUrl: undefined, buildIdentifyThrottler: () => ({ waitForIdentify: async () => {} }) });
}

async function load(path: string): Promise<LoadedSnapshot> {
  const loaded = await new CacheSnapshot({ path, clock: systemClock, log: silentLogger() }).load(SESSION);
  if ('problem' in loaded) throw new Error(loaded.problem);
  return loaded;
}

async function costOf(work: () => Promise<unknown>): Promise<Cost> {
  await sleep(50); // what went before is over
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const startedAt = performance.now();
  await work();
  const ms = performance.now() - startedAt;
  await sleep(5); // a block at the end counts, too
  delay.disable();
  return { ms, blockMs: delay.max / 1e6 };
}

function median(costs: readonly Cost[] | undefined): Cost {
  const sorted = [...(costs ?? [])].sort((a, b) => a.ms - b.ms);
  return sorted[Math.floor(sorted.length / 2)] ?? { ms: Number.NaN, blockMs: Number.NaN };
}

function print(name: string, value: string): void {
  process.stdout.write(`${name.padEnd(24)}${value}\n`);
}
