import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Events, type Message, TextChannel } from 'discord.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ClientRelay } from '../../../bot/discord/client-relay.js';
import type { GatewayService } from '../../../bot/discord/gateway-service.js';
import type { SessionKeeper, SessionKeeperOptions } from '../../../bot/discord/session/session-keeper.js';
import { type MarkState, SessionMark, type StoredMark } from '../../../bot/discord/session/session-mark.js';
import { SANDBOX_IDS, SANDBOX_TOKEN, type Sandbox, startSandbox } from '../../../sandbox/index.js';
import type { Continuity } from '../../../shared/ipc-protocol.js';
import { resolvePaths } from '../../../shared/paths.js';
import { recordingLogger } from '../../support/framework-fakes.js';
import { createGateway, createSessionKeeper, handOver } from '../../support/gateway-session.js';
import { eventually } from '../../support/processes.js';

/** One worker, as far as the gateway is concerned. */
interface Worker {
  readonly gateway: GatewayService;
  readonly session: SessionKeeper;
  /** What it was told, by group. */
  readonly heard: { commands: string[]; listeners: string[] };
  readonly continuity: Continuity[];
}

const noSignal = new AbortController().signal;
const logger = recordingLogger();
let folder: string;
let sandbox: Sandbox;
let workers: Worker[];
/** What the listeners of a worker do with a message. */
let deal: (group: 'commands' | 'listeners', text: string, session: SessionKeeper) => Promise<void>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tux-session-'));
  sandbox = await startSandbox();
  workers = [];
  deal = async () => {};
});
afterEach(async () => {
  for (const { gateway } of workers) await gateway.cleanup();
  await sandbox.close();
  rmSync(folder, { recursive: true });
});

async function start(token = SANDBOX_TOKEN, keeper: Partial<SessionKeeperOptions> = {}): Promise<Worker> {
  const continuity: Continuity[] = [];
  const heard: Worker['heard'] = { commands: [], listeners: [] };
  const session = createSessionKeeper(folder, {
    token,
    log: logger.log,
    onContinuity: (news) => void continuity.push(news),
    ...keeper,
  });
  const relay = new ClientRelay(session);
  for (const group of ['commands', 'listeners'] as const) {
    const onMessage = (message: unknown) => {
      const { content } = message as Message;
      heard[group].push(content);
      return deal(group, content, session);
    };
    relay.on(Events.MessageCreate, onMessage, group);
  }
  const gateway = createGateway({
    token,
    apiUrl: sandbox.apiUrl,
    session,
    log: logger.log,
    onClient: (client) => relay.attach(client),
    onReady: (client) => relay.tellReady(client),
  });
  const worker = { gateway, session, heard, continuity };
  workers.push(worker);
  await gateway.initialize(noSignal);
  return worker;
}

const say = (text: string) => sandbox.actors.say({ text, as: 'alice' });
const identifies = () => sandbox.recorder.counters.identifies;
const resumes = () => sandbox.recorder.counters.resumes;
const hears = (worker: Worker, text: string) =>
  eventually(`hears ${text}`, () => worker.heard.commands.includes(text) && worker.heard.listeners.includes(text));

describe('the next worker', () => {
  it('goes on with the session: no IDENTIFY, every guild there, and each event dealt with once', async () => {
    const first = await start();
    say('one');
    await hears(first, 'one');
    await handOver(first);
    say('two');
    const mark = sandbox.recorder.mark();
    const second = await start();
    expect(sandbox.recorder.requests.since(mark)).toEqual([]); // it knows where to connect
    say('three');
    await hears(second, 'three');
    expect([identifies(), resumes()]).toEqual([1, 1]);
    expect(first.heard).toEqual({ commands: ['one'], listeners: ['one'] });
    expect(second.heard).toEqual({ commands: ['two', 'three'], listeners: ['two', 'three'] });
    expect(second.continuity.at(-1)).toMatchObject({ how: 'resumed', reason: null, replayed: 1, suppressed: 0 });
    const guild = second.gateway.client?.guilds.cache.first();
    expect(guild?.channels.cache.size).toBe(
      first.gateway.client?.guilds.cache.first()?.channels.cache.size ?? guild?.channels.cache.size,
    );
    expect(guild?.members.me?.id).toBe(second.gateway.client?.user.id);
  });

  it('goes on as well when the one before died between writing its snapshot and noting that READY is in it', async () => {
    await handOver(await start());
    changeMark(() => ({ mark: 0, handledAt: 0 }));
    say('two');
    const mark = sandbox.recorder.mark();
    const second = await start();
    // READY is not repeated: with it, and RESUMED right behind, discord.js would wait for guilds that it has been told of.
    expect(sandbox.recorder.turns.since(mark)).toContainEqual(expect.objectContaining({ what: 'resumed', from: 1 }));
    await hears(second, 'two');
    expect([identifies(), resumes()]).toEqual([1, 1]);
  });

  it('gets what came after the events were held', async () => {
    const first = await start();
    first.gateway.handOver(true);
    say('too late');
    await eventually('it arrives', () => first.gateway.status().lastDispatchAgeMs !== null);
    await first.gateway.cleanup();
    const second = await start();
    await second.gateway.whenReplayed();
    expect(second.heard).toEqual({ commands: ['too late'], listeners: ['too late'] });
    expect(second.gateway.isReplaying).toBe(false);
    expect(first.heard.commands).toEqual([]);
  });

  it('does again what was left open, and only that', async () => {
    const never = new Promise<void>(() => {});
    deal = (group, text) => (group === 'commands' && text === 'slow' ? never : Promise.resolve());
    const first = await start();
    say('slow');
    say('quick');
    await hears(first, 'quick');
    await handOver(first);
    deal = async () => {};
    const second = await start();
    await eventually('everything is repeated', () => second.continuity.length > 0);
    expect(second.heard).toEqual({ commands: ['slow'], listeners: [] });
    expect(second.continuity.at(-1)).toMatchObject({ replayed: 2, suppressed: 1 });
  });

  it('knows which of the interrupted ones somebody had begun to answer', async () => {
    const never = new Promise<void>(() => {});
    const isAnswerBegun: [string, boolean][] = [];
    deal = (group, text, { answerNote }) => {
      if (group !== 'commands') return Promise.resolve();
      isAnswerBegun.push([text, answerNote.isBegun]);
      if (text === 'answered') answerNote.begin();
      return never;
    };
    const first = await start();
    say('answered');
    say('only begun');
    await hears(first, 'only begun');
    await handOver(first);
    const second = await start();
    await second.gateway.whenReplayed();
    const none = ['answered', 'only begun'].map((text) => [text, false]);
    expect(isAnswerBegun).toEqual([...none, ['answered', true], ['only begun', false]]);
  });

  it('knows what changed just before the end, and what changed in between', async () => {
    const { general, 'mod-log': modLog } = SANDBOX_IDS.channels;
    const topicOf = ({ gateway }: Worker, id: string) => {
      const channel = gateway.client?.channels.cache.get(id);
      return channel instanceof TextChannel ? channel.topic : undefined;
    };
    const first = await start();
    sandbox.world.editChannel(general, { topic: 'before' });
    await eventually('it is known', () => topicOf(first, general) === 'before');
    await handOver(first);
    sandbox.world.editChannel(modLog, { topic: 'between' });
    const second = await start();
    await eventually('it is known', () => topicOf(second, modLog) === 'between');
    expect([topicOf(second, general), identifies()]).toEqual(['before', 1]);
  });
});

describe('a new session is begun, with one IDENTIFY and the right caches,', () => {
  const expectFresh = async (second: Worker, reason: string) => {
    expect([identifies(), second.continuity.at(-1)]).toMatchObject([2, { how: 'identified', reason }]);
    expect(second.gateway.client?.guilds.cache.first()?.channels.cache.size).toBeGreaterThan(1);
    say('hello');
    await hears(second, 'hello');
    expect(second.heard.commands).toEqual(['hello']);
  };

  it('when Discord refuses the old one', async () => {
    await handOver(await start());
    sandbox.faults.dropResume();
    const next = await start();
    await expectFresh(next, 'refused');
    await next.gateway.whenReplayed(); // nothing will be
  });

  it('when its gateway cannot be reached', async () => {
    await handOver(await start());
    const file = join(folder, 'gateway-session.json');
    const stored = JSON.parse(readFileSync(file, 'utf8'));
    stored.data.resumeUrl = 'ws://127.0.0.1:9'; // discard(9): nobody listens
    writeFileSync(file, JSON.stringify(stored));
    await expectFresh(await start(), 'timeout');
  });

  it('when the worker before ended it', async () => {
    const first = await start();
    await first.gateway.cleanup();
    await expectFresh(await start(), 'no-session');
  });

  it.each([
    ['gateway-cache.jsonl', 'snapshot-damaged'],
    ['gateway-session.json', 'session-damaged'],
    ['gateway-session.mark', 'no-session'],
  ])('when %s is damaged', async (name, reason) => {
    await handOver(await start());
    writeFileSync(join(folder, name), 'damaged');
    await expectFresh(await start(), reason);
  });

  it('when a newer Tux left the old one: this one is the way back', async () => {
    await handOver(await start());
    const file = join(folder, 'gateway-session.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"schemaVersion":1', '"schemaVersion":2'));
    await expectFresh(await start(), 'session-version');
  });

  it('when this discord.js is not the one that is known: nothing of it is touched, and nothing kept', async () => {
    await handOver(await start());
    const touched: string[] = [];
    const cache = readFileSync(join(folder, 'gateway-cache.jsonl'), 'utf8');
    const second = await start(SANDBOX_TOKEN, { internals: () => 'changed' });
    second.session.received = ({ t }) => void touched.push(t);
    await expectFresh(second, 'internals');
    expect(second.gateway.canHandOver).toBe(false);
    await second.gateway.cleanup();
    expect(touched).toEqual([]);
    expect(readFileSync(join(folder, 'gateway-cache.jsonl'), 'utf8')).toBe(cache);
    expect(JSON.parse(readFileSync(join(folder, 'gateway-session.json'), 'utf8')).data).toBeNull();
  });

  it('after a crash of one that could not keep its own', async () => {
    await handOver(await start());
    const second = await start(SANDBOX_TOKEN, { internals: () => 'changed' });
    await eventually('the old one is forgotten', () => {
      return JSON.parse(readFileSync(join(folder, 'gateway-session.json'), 'utf8')).data === null;
    });
    expect(second.gateway.client).not.toBeNull();
  });
});

describe('an event that workers die of', () => {
  it('is given up after the third', async () => {
    deal = (_group, text) => (text === 'poison' ? new Promise(() => {}) : Promise.resolve());
    const first = await start();
    say('poison');
    await hears(first, 'poison');
    await handOver(first);
    pretendDeaths(2);
    const second = await start();
    say('after');
    await hears(second, 'after');
    expect(second.heard).toEqual({ commands: ['after'], listeners: ['after'] });
    expect(identifies()).toBe(1);
  });
});

/** As if so many workers in a row had been killed with the event that is open, and now one more. */
function pretendDeaths(deaths: number): void {
  changeMark(({ mark }) => ({ last: mark + 1, suspect: mark + 1, deaths }));
}

function changeMark(change: (stored: StoredMark) => Partial<MarkState>): void {
  const { gatewaySession, gatewayMark } = resolvePaths({ stateDir: folder, logDir: folder });
  const { sessionId } = JSON.parse(readFileSync(gatewaySession, 'utf8')).data;
  const file = SessionMark.open(gatewayMark);
  const stored = file.read(sessionId);
  if (!stored) throw new Error('there is no mark');
  file.take(sessionId);
  file.write({ ...stored, ...change(stored) });
  file.close();
}
