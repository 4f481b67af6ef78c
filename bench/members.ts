import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { addGuilds, SANDBOX_IDS, type Sandbox, startSandbox } from '../sandbox/index.js';
import { TableReads } from './table-reads.js';
import { BenchedWorker, type Sample } from './worker.js';

// A big community: the real worker against a sandbox with many guilds, spoken to by ever new members. What it shows is that
// memory does not grow with the people seen, and that a message costs no query. Usage: npm run bench [-- SECONDS]

const GUILDS = 500;
const MEMBERS = 50_000;
const DEFAULT_SECONDS = 60;
/** A burst of messages, then a command whose answer shows that all of them were handled. */
const BURST = 250;
/** A lively evening for so many people: one burst in this time. */
const BURST_INTERVAL_MS = 250;
/** How long it is let loose at the end, to see how much it can take. */
const RUSH_MS = 5_000;
const MIB = 1024 * 1024;

interface Traffic {
  readonly messages: number;
  readonly ms: number;
}

interface Room {
  readonly channelId: string;
  readonly memberIds: readonly string[];
}

const seconds = Number(process.argv[2] ?? DEFAULT_SECONDS);
if (!(seconds > 0)) throw new Error(`not a number of seconds: ${process.argv[2]}`);
const folder = await mkdtemp(join(tmpdir(), 'tux-bench-'));
const sandbox = await startSandbox();
const rooms = populate(sandbox);
const worker = new BenchedWorker({
  DISCORD_API_URL: sandbox.apiUrl,
  TUX_STATE_DIR: folder,
  TUX_LOG_DIR: join(folder, 'logs'),
  TUX_OWNER_IDS: SANDBOX_IDS.users.owner,
});
try {
  const bootMs = await worker.bootMs;
  const reads = new TableReads(folder);
  await reads.connect();
  const atStart = worker.rssBytes;
  await eachGuildOnce(sandbox, rooms);
  const warm = { rss: worker.rssBytes, reads: await reads.count('guild_config') };
  const traffic = await talk(sandbox, rooms, seconds * 1_000, BURST_INTERVAL_MS);
  const readsMeanwhile = (await reads.count('guild_config')) - warm.reads;
  const samples = [...worker.samples];
  const rush = await talk(sandbox, rooms, RUSH_MS, 0);
  await reads.end();
  report({ bootMs, atStart, warm: warm.rss, traffic, readsMeanwhile, samples, rush });
} finally {
  await worker.stop();
  await sandbox.close();
  await rm(folder, { recursive: true, force: true });
}

function populate({ world }: Sandbox): Room[] {
  const guildIds = addGuilds(world, GUILDS, { members: MEMBERS / GUILDS });
  const channels = new Map(Object.values(world.state.channels).map(({ id, guildId }) => [guildId, id]));
  return guildIds.map((guildId) => ({
    channelId: channels.get(guildId) ?? '',
    memberIds: Object.keys(world.guild(guildId).members).filter((id) => !world.user(id).isBot),
  }));
}

/** So that what is read once for each guild has been read. */
async function eachGuildOnce(bench: Sandbox, all: readonly Room[]): Promise<void> {
  for (const room of all) say(bench, room, 0, 'good morning');
  await answered(bench, all[0]);
}

/** Every member of every guild in turn says something, round and round. @returns how much in how long. */
async function talk(bench: Sandbox, all: readonly Room[], durationMs: number, intervalMs: number): Promise<Traffic> {
  const startedAt = performance.now();
  let messages = 0;
  for (let round = 1; performance.now() - startedAt < durationMs; round += 1) {
    const pause = sleep(intervalMs);
    for (let n = 0; n < BURST; n += 1, messages += 1) {
      const room = all[messages % all.length];
      if (room) say(bench, room, Math.floor(messages / all.length), `what do you think of number ${messages}?`);
    }
    await Promise.all([answered(bench, all[round % all.length]), pause]);
  }
  return { messages, ms: performance.now() - startedAt };
}

function say({ world }: Sandbox, { channelId, memberIds }: Room, turn: number, content: string): string {
  const authorId = memberIds[turn % memberIds.length] ?? '';
  return world.messages.create({ channelId, authorId, content }).id;
}

/** A command that the bot answers behind everything that was said before. */
async function answered(bench: Sandbox, room: Room | undefined): Promise<void> {
  if (!room) return;
  const after = bench.recorder.mark();
  const id = say(bench, room, 0, '$ping');
  await bench.recorder.waitForMessage((message) => message.message_reference?.message_id === id, {
    after,
    timeoutMs: 30_000,
  });
}

function report(results: {
  bootMs: number;
  atStart: number;
  warm: number;
  traffic: Traffic;
  readsMeanwhile: number;
  samples: readonly Sample[];
  rush: Traffic;
}): void {
  const { bootMs, atStart, warm, traffic, readsMeanwhile, samples, rush } = results;
  const perSecond = rush.messages / (rush.ms / 1_000);
  const secondHalf = samples.slice(Math.floor(samples.length / 2));
  const peak = Math.max(...samples.map(({ rssBytes }) => rssBytes));
  const rows: [string, string][] = [
    ['guilds, members', `${GUILDS}, ${MEMBERS}`],
    ['boot to ready', `${(bootMs / 1_000).toFixed(1)} s`],
    ['messages', `${traffic.messages} in ${(traffic.ms / 1_000).toFixed(0)} s`],
    [
      'reads of guild settings meanwhile',
      `${readsMeanwhile}, ${(readsMeanwhile / traffic.messages).toFixed(5)} a message`,
    ],
    ['RSS at ready', mib(atStart)],
    ['RSS when every guild has spoken', mib(warm)],
    ['RSS at the end, peak', `${mib(samples.at(-1)?.rssBytes ?? 0)}, ${mib(peak)}`],
    ['growth over the second half', `${(slopePerMinute(secondHalf) / MIB).toFixed(2)} MiB/min`],
    [
      'let loose: prefix look-ups',
      `${perSecond.toFixed(0)}/s, ${(perSecond / parsesPerSecond()).toFixed(3)} of what JSON.parse alone does`,
    ],
  ];
  for (const [name, value] of rows) process.stdout.write(`${name.padEnd(34)}${value}\n`);
}

function mib(bytes: number): string {
  return `${(bytes / MIB).toFixed(0)} MiB`;
}

/** What this machine can do at all, measured in the same run: messages of Discord's form that are only parsed. */
function parsesPerSecond(): number {
  const [message] = sandbox.recorder.sightings.since();
  const text = JSON.stringify({ op: 0, t: 'MESSAGE_CREATE', s: 1, d: message?.message });
  const startedAt = performance.now();
  let parsed = 0;
  while (performance.now() - startedAt < 1_000) {
    for (let n = 0; n < 1_000; n += 1, parsed += 1) JSON.parse(text);
  }
  return parsed / ((performance.now() - startedAt) / 1_000);
}

/** Least squares through the samples. */
function slopePerMinute(samples: readonly Sample[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const meanAt = mean(samples.map(({ atMs }) => atMs));
  const meanRss = mean(samples.map(({ rssBytes }) => rssBytes));
  const covariance = mean(samples.map(({ atMs, rssBytes }) => (atMs - meanAt) * (rssBytes - meanRss)));
  const variance = mean(samples.map(({ atMs }) => (atMs - meanAt) ** 2));
  return variance === 0 ? 0 : (covariance / variance) * 60_000;
}
