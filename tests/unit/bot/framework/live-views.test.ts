import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LiveViews, MAX_LIVE_VIEWS } from '../../../../bot/framework/live-views.js';
import { recordingLogger } from '../../../support/framework-fakes.js';

const signal = new AbortController().signal;

describe('LiveViews', () => {
  let folder: string;
  let edits: [string, string, unknown][];
  let failures: Map<string, Error>;
  let logger: ReturnType<typeof recordingLogger>;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tux-live-views-'));
    edits = [];
    failures = new Map();
    logger = recordingLogger();
  });
  afterEach(() => rm(folder, { recursive: true }));

  const path = () => join(folder, 'live-views.json');

  /** The registry of one run of the bot. */
  async function newRun(): Promise<LiveViews> {
    const edit = async (channelId: string, messageId: string, message: unknown) => {
      const failure = failures.get(messageId);
      if (failure) throw failure;
      edits.push([channelId, messageId, message]);
    };
    const views = new LiveViews({
      path: path(),
      runId: 'run',
      messenger: { edit },
      log: logger.log,
      now: () => new Date(0),
    });
    await views.open();
    return views;
  }

  async function trackedIds(): Promise<string[]> {
    const { data } = JSON.parse(await readFile(path(), 'utf8'));
    return data.map((view: { messageId: string }) => view.messageId);
  }

  it('brings the messages of an earlier run up to date', async () => {
    await (await newRun()).track('panel', { id: '1', channelId: 'c' }, null);
    const views = await newRun();
    views.addRenderer('panel', () => ({ content: 'now' }));
    expect(await views.rehydrate(signal)).toEqual({ restored: 1, pruned: 0, kept: 0 });
    expect(edits).toEqual([['c', '1', { content: 'now' }]]);
  });

  it('forgets messages that are gone and keeps those that Discord refuses for now', async () => {
    const first = await newRun();
    for (const id of ['ok', '404', '403', '500', 'odd']) await first.track('panel', { id, channelId: 'c' }, null);
    await first.track('unknown', { id: 'undrawn', channelId: 'c' }, null);
    for (const status of [404, 403, 500]) failures.set(String(status), Object.assign(new Error('refused'), { status }));
    failures.set('odd', new TypeError('bug'));
    const views = await newRun();
    views.addRenderer('panel', () => ({}));
    expect(await views.rehydrate(signal)).toEqual({ restored: 1, pruned: 1, kept: 4 });
    expect(await trackedIds()).toEqual(['ok', '403', '500', 'odd', 'undrawn']);
  });

  it('keeps a bounded number, the latest', async () => {
    const views = await newRun();
    for (let n = 0; n <= MAX_LIVE_VIEWS; n += 1) await views.track('panel', { id: String(n), channelId: 'c' }, null);
    expect(views.size).toBe(MAX_LIVE_VIEWS);
    expect((await trackedIds())[0]).toBe('1');
  });

  it('takes one from the server that has most of them, and never from those that have few', async () => {
    const views = await newRun();
    await views.track('board', { id: 'first', channelId: 'a' }, 'small');
    for (let n = 0; n <= MAX_LIVE_VIEWS; n += 1) {
      await views.track('panel', { id: String(n), channelId: 'c' }, 'large');
    }
    expect(views.size).toBe(MAX_LIVE_VIEWS);
    expect((await trackedIds()).slice(0, 2)).toEqual(['first', '2']);
  });

  it('writes concurrent changes in order', async () => {
    const views = await newRun();
    await Promise.all(['1', '2', '3'].map((id) => views.track('panel', { id, channelId: 'c' }, null)));
    expect(await trackedIds()).toEqual(['1', '2', '3']);
  });

  it('stops at a shutdown and loses nothing', async () => {
    const views = await newRun();
    views.addRenderer('panel', () => ({}));
    await views.track('panel', { id: '1', channelId: 'c' }, null);
    expect(await views.rehydrate(AbortSignal.abort())).toEqual({ restored: 0, pruned: 0, kept: 1 });
    expect(edits).toEqual([]);
    expect(await trackedIds()).toEqual(['1']);
  });

  it('draws each view for its place, and brings those of one guild up to date', async () => {
    const first = await newRun();
    first.addRenderer('board', ({ channelId, guildId }) => ({ content: `${channelId} of ${guildId}` }));
    first.addRenderer('panel', () => ({}));
    await first.track('board', { id: '1', channelId: 'a' }, 'g');
    await first.track('board', { id: '2', channelId: 'b' }, 'g');
    await first.track('board', { id: '3', channelId: 'c' }, 'h');
    await first.track('panel', { id: '4', channelId: 'a' }, 'g');
    failures.set('2', Object.assign(new Error('gone'), { status: 404 }));
    expect(await first.refresh('board', 'g')).toEqual({ restored: 1, pruned: 1, kept: 0 });
    expect(edits).toEqual([['a', '1', { content: 'a of g' }]]);
    expect(await trackedIds()).toEqual(['1', '3', '4']);
    const next = await newRun();
    next.addRenderer('board', ({ guildId }) => ({ content: guildId ?? '' }));
    expect(await next.rehydrate(signal)).toEqual({ restored: 2, pruned: 0, kept: 1 });
    expect(edits.slice(1).map(([, , message]) => message)).toEqual([{ content: 'g' }, { content: 'h' }]);
  });

  it('reads the file of an earlier Tux, which did not say in which guild a view is', async () => {
    const view = { kind: 'panel', channelId: 'c', messageId: '1', createdAt: new Date(0).toISOString() };
    const file = { schemaVersion: 1, kind: 'live-views', savedAt: view.createdAt, runId: 'old', data: [view] };
    await writeFile(path(), JSON.stringify(file));
    const views = await newRun();
    views.addRenderer('panel', ({ guildId }) => ({ content: String(guildId) }));
    expect(await views.rehydrate(signal)).toMatchObject({ restored: 1 });
    expect(edits).toEqual([['c', '1', { content: 'null' }]]);
    expect(logger.events()).not.toContain('live-views:broken');
  });

  it('puts a damaged file aside and starts empty', async () => {
    await writeFile(path(), '{');
    const views = await newRun();
    expect(views.size).toBe(0);
    expect(logger.events()).toEqual(['live-views:broken']);
    expect((await readdir(folder)).some((name) => name.includes('.broken.'))).toBe(true);
  });

  it('cannot draw what no cog draws', async () => {
    await expect((await newRun()).render('nothing', { channelId: 'c', guildId: null })).rejects.toMatchObject({
      code: 'TUX_LIVE_VIEW_KIND',
    });
  });
});
