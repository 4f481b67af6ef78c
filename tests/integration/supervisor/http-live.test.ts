import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../../sandbox/index.js';
import { fakeRun } from '../../support/fake-run.js';
import { fakeDetails, fakeStatus } from '../../support/fake-status.js';
import { codeOf, fakeHeartbeat, HttpRig, JSON_BODY, type SeenEvent } from '../../support/http-rig.js';
import { eventually } from '../../support/processes.js';

let rig: HttpRig;
beforeEach(async () => {
  rig = await HttpRig.create();
});
afterEach(() => rig.dispose());

const named = (seen: readonly SeenEvent[], name: string) => seen.filter(({ event }) => event === name);
const kindOf = (data: unknown) => (data as { kind: string }).kind;
const idOf = (data: unknown) => (data as { message: { id: string } }).message.id;

describe('what is new', () => {
  it('comes by itself, to all who listen', async () => {
    await rig.start();
    const pages = [await rig.listen(), await rig.listen()];
    rig.events.onHeartbeat('RUN-1', fakeHeartbeat());
    rig.events.onRunEnded(fakeRun());
    for (const listener of rig.lineListeners) for (let n = 0; n < 120; n += 1) listener(`{"msg":"${n}"}`);
    for (const { events: seen } of pages) {
      await eventually('all lines are there', () => named(seen, 'log').flatMap(({ data }) => data).length === 120);
      expect(Math.max(...named(seen, 'log').map(({ data }) => (data as string[]).length))).toBe(50);
      expect(named(seen, 'sample')).toMatchObject([{ data: { runId: 'RUN-1', rssBytes: 1_000, pingMs: 42 } }]);
      expect(named(seen, 'run')).toEqual([{ event: 'run', data: fakeRun() }]);
      await eventually('its status is there', () => named(seen, 'status').length > 0);
      expect(named(seen, 'status')[0]?.data).toEqual(JSON.parse(JSON.stringify(fakeStatus())));
    }
    expect(named(pages[0]?.events ?? [], 'details')).toEqual([{ event: 'details', data: fakeDetails() }]);
  });

  it('is told as one status where much changes at once', async () => {
    let looks = 0;
    rig.requests.freshStatus = async () => {
      looks += 1;
      return fakeStatus();
    };
    await rig.start();
    const { events: seen } = await rig.listen();
    await eventually('the first has come', () => named(seen, 'status').length === 1);
    for (let n = 0; n < 100; n += 1) rig.events.onChange();
    await eventually('the second has come', () => named(seen, 'status').length === 2);
    expect(looks).toBe(2);
  });

  it('is watched only while somebody listens', async () => {
    let looks = 0;
    rig.requests.freshStatus = async () => {
      looks += 1;
      return fakeStatus();
    };
    await rig.start();
    rig.events.onChange();
    expect([looks, rig.lineListeners.size]).toEqual([0, 0]);
    const first = await rig.listen();
    const second = await rig.listen();
    await eventually('it is watched', () => looks > 0 && rig.lineListeners.size === 1);
    first.response.destroy();
    second.response.destroy();
    await eventually('nobody listens any more', () => rig.lineListeners.size === 0);
    const before = looks;
    rig.events.onChange();
    expect(looks).toBe(before);
  });

  it('is told to sixteen at most, and to another one once somebody has left', async () => {
    await rig.start();
    const pages = await Promise.all(Array.from({ length: 16 }, () => rig.listen()));
    expect(pages.map(({ response }) => response.statusCode)).toEqual(Array.from({ length: 16 }, () => 200));
    expect(await rig.call('GET', '/api/events')).toMatchObject({ status: 503, headers: { 'retry-after': '10' } });
    pages[0]?.response.destroy();
    await eventually('there is room again', async () => {
      const page = await rig.listen();
      return page.response.statusCode === 200;
    });
  });

  it('is not kept for whom does not read it', async () => {
    await rig.start();
    const slow = connect(rig.port, '127.0.0.1');
    rig.onDispose(() => slow.destroy());
    slow.on('error', () => {});
    slow.pause();
    slow.write('GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await eventually('it listens', () => rig.lineListeners.size === 1);
    const line = JSON.stringify({ msg: 'x'.repeat(60_000) });
    await eventually('it is cut', () => {
      for (const listener of rig.lineListeners) for (let n = 0; n < 40; n += 1) listener(line);
      return rig.lineListeners.size === 0; // nobody listens any more
    });
    expect((await rig.listen()).response.statusCode).toBe(200);
  });

  it('ends with the supervisor', async () => {
    await rig.start();
    const { response } = await rig.listen();
    const ended = new Promise<void>((resolve) => response.once('end', () => resolve()));
    await rig.http.close();
    await ended;
  });
});

describe('a chat in the sandbox', () => {
  let sandbox: Sandbox;
  beforeEach(async () => {
    sandbox = await startSandbox();
    rig.onDispose(() => sandbox.close());
    await rig.start({}, { sandbox: { controlUrl: sandbox.controlUrl } });
  });

  it('says why it does not work while the bot is not there', async () => {
    const reply = await rig.call('POST', '/api/sandbox/say', JSON_BODY, '{"text":"hello"}');
    expect([reply.status, codeOf(reply)]).toEqual([409, 'TUX_SANDBOX_REFUSED']);
  });

  it('shows what was said, and what is said, edited and deleted from now on', async () => {
    const { general } = { general: '300000000000000001' };
    const { messages } = sandbox.world;
    const alice = '500000000000000003';
    messages.create({ channelId: general, authorId: alice, content: `<@${alice}> was here` });
    expect((await rig.call('GET', '/api/sandbox/messages?channel=general')).json).toMatchObject({
      messages: [{ text: '@alice was here', channel: 'general', author: { name: 'alice', isBot: false } }],
      channels: ['general', 'mod-log', 'dm'],
      people: ['owner', 'moderator', 'alice', 'bob'],
    });
    expect((await rig.call('GET', '/api/sandbox/messages?channel=nowhere')).status).toBe(409);

    const { events: seen } = await rig.listen();
    const sent = await eventuallySent(
      () => messages.create({ channelId: general, authorId: alice, content: 'first' }),
      seen,
    );
    messages.edit(sent, { content: 'second' });
    messages.delete(sent);
    await eventually('all of it has come', () => named(seen, 'message').some(({ data }) => kindOf(data) === 'deleted'));
    const kinds = named(seen, 'message').filter(({ data }) => idOf(data) === sent.id);
    expect(kinds.map(({ data }) => kindOf(data))).toEqual(['sent', 'edited', 'deleted']);
  });

  it('refuses what is no message', async () => {
    const reply = await rig.call('POST', '/api/sandbox/say', JSON_BODY, '{"text":""}');
    expect(reply.status).toBe(400);
    expect((await rig.call('POST', '/api/sandbox/click', JSON_BODY, '{"messageId":"1"}')).status).toBe(400);
  });

  /** The page has to have begun to listen: says it again until it is heard. */
  async function eventuallySent<T extends { readonly id: string }>(say: () => T, seen: SeenEvent[]): Promise<T> {
    let said = say();
    await eventually('it is heard', () => {
      if (named(seen, 'message').some(({ data }) => idOf(data) === said.id)) return true;
      said = say();
      return false;
    });
    return said;
  }
});
