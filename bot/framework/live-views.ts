import { z } from 'zod';
import { formatCount } from '../../shared/cli/format.js';
import { TuxError } from '../../shared/errors.js';
import type { Logger } from '../../shared/logging/logger.js';
import { StateFile, salvageArray } from '../../shared/state-file.js';
import { isGone } from './discord-failure.js';
import type { Messenger } from './messenger.js';
import type { OutgoingMessage, SentMessage } from './outgoing-message.js';

/** More would make each start edit messages for minutes; then one of the server that has most of them gives way. */
export const MAX_LIVE_VIEWS = 100;

const liveViewSchema = z.object({
  /** Which renderer draws it. */
  kind: z.string(),
  channelId: z.string(),
  messageId: z.string(),
  /** Null in a direct message, and in files of an earlier Tux, which did not say. */
  guildId: z.string().nullable().default(null),
  /** ISO-8601 UTC. */
  createdAt: z.iso.datetime(),
});
/** A message that is kept up to date. */
export type LiveView = z.infer<typeof liveViewSchema>;

/** The channel of a view, and its server. */
export type LiveViewPlace = Pick<LiveView, 'channelId' | 'guildId'>;

/** Draws the current content of one kind of view for one place. */
export type LiveViewRenderer = (place: LiveViewPlace) => Promise<OutgoingMessage> | OutgoingMessage;

/** How many views were brought up to date, dropped, or kept for later. */
export interface RehydrationReport {
  readonly restored: number;
  /** The message or its channel is gone: the view was dropped. */
  readonly pruned: number;
  /** Could not be edited this time, or nobody draws that kind at present: kept for the next start. */
  readonly kept: number;
}

export interface LiveViewsOptions {
  /** `live-views.json`. */
  readonly path: string;
  readonly runId: string;
  readonly messenger: Pick<Messenger, 'edit'>;
  readonly log: Logger;
  readonly now: () => Date;
}

/** Messages whose content shows the present state, kept in a file so that a new run brings them up to date. */
export class LiveViews {
  readonly #file: StateFile<LiveView[]>;
  readonly #options: LiveViewsOptions;
  readonly #renderers = new Map<string, LiveViewRenderer>();
  #views: readonly LiveView[] = [];

  constructor(options: LiveViewsOptions) {
    this.#options = options;
    this.#file = new StateFile<LiveView[]>({
      path: options.path,
      kind: 'live-views',
      schemaVersion: 1,
      schema: z.array(liveViewSchema),
      salvage: salvageArray(liveViewSchema),
      empty: () => [],
      runId: options.runId,
      now: options.now,
    });
  }

  get size(): number {
    return this.#views.length;
  }

  /** Reads the file. To be called before the first command can run. */
  async open(): Promise<void> {
    const { data, outcome, problem, archivePath } = await this.#file.load();
    this.#views = data.slice(-MAX_LIVE_VIEWS);
    if (outcome === 'quarantined' || outcome === 'salvaged') {
      const fields = { event: 'live-views:broken', problem, archivePath };
      this.#options.log.warn(fields, '⚠️ live-views.json was damaged and put aside');
    }
  }

  addRenderer(kind: string, render: LiveViewRenderer): void {
    this.#renderers.set(kind, render);
  }

  removeRenderer(kind: string): void {
    this.#renderers.delete(kind);
  }

  /** @throws TuxError TUX_LIVE_VIEW_KIND for a kind that nobody draws. */
  async render(kind: string, { channelId, guildId }: LiveViewPlace): Promise<OutgoingMessage> {
    const renderer = this.#renderers.get(kind);
    if (!renderer) throw new TuxError('TUX_LIVE_VIEW_KIND', `No cog draws live views of the kind '${kind}'`);
    return renderer({ channelId, guildId });
  }

  /** Remembers a message; resolves when that is on disk. @param guildId see {@link LiveView}. */
  async track(kind: string, { id, channelId }: SentMessage, guildId: string | null): Promise<void> {
    const view = { kind, channelId, messageId: id, guildId, createdAt: this.#options.now().toISOString() };
    // Posted by an earlier handling of the same event, it is there already.
    const others = this.#views.filter(({ messageId }) => messageId !== id);
    const dropped = others.length < MAX_LIVE_VIEWS ? undefined : oldestOfMost(others);
    if (dropped) {
      const fields = { event: 'live-views:dropped', kind: dropped.kind, guildId: dropped.guildId };
      this.#options.log.info(fields, '⚠️ a live view is no longer kept: there are too many');
    }
    await this.#replace([...others.filter((other) => other !== dropped), view]);
  }

  /**
   * Brings every view up to date, one after the other. Gone messages are forgotten (404); those that Discord does not let
   * us edit now (403, 5xx, or whatever else) stay for another time. Stops early when `signal` aborts.
   */
  async rehydrate(signal: AbortSignal): Promise<RehydrationReport> {
    const report = await this.#restoreAll(this.#views, signal);
    this.#options.log.info(
      { event: 'live-views:rehydrated', ...report },
      `✅ ${formatCount(report.restored, 'live view')} restored`,
    );
    return report;
  }

  /** The same for the views of one kind in one guild, after what they show has changed. */
  refresh(kind: string, guildId: string): Promise<RehydrationReport> {
    return this.#restoreAll(this.#views.filter((view) => view.kind === kind && view.guildId === guildId));
  }

  async #restoreAll(views: readonly LiveView[], signal?: AbortSignal): Promise<RehydrationReport> {
    const gone = new Set<LiveView>();
    let restored = 0;
    for (const view of views) {
      if (signal?.aborted) break;
      const outcome = await this.#restore(view);
      if (outcome === 'gone') gone.add(view);
      if (outcome === 'restored') restored += 1;
    }
    if (gone.size > 0) await this.#replace(this.#views.filter((view) => !gone.has(view)));
    return { restored, pruned: gone.size, kept: views.length - restored - gone.size };
  }

  async #restore(view: LiveView): Promise<'restored' | 'gone' | 'kept'> {
    try {
      await this.#options.messenger.edit(view.channelId, view.messageId, await this.render(view.kind, view));
      return 'restored';
    } catch (err) {
      if (isGone(err)) return 'gone';
      this.#options.log.warn({ event: 'live-views:kept', err, ...view }, '⚠️ a live view could not be restored');
      return 'kept';
    }
  }

  async #replace(views: readonly LiveView[]): Promise<void> {
    this.#views = views;
    await this.#file.save([...views]); // saves of one file are carried out in the order of the calls
  }
}

/** The oldest view of the server that has most of them, so that nobody pushes out those of others by posting many. */
function oldestOfMost(views: readonly LiveView[]): LiveView | undefined {
  const byOwner = new Map<string, LiveView[]>();
  for (const view of views) {
    const owner = view.guildId ?? view.channelId;
    byOwner.set(owner, [...(byOwner.get(owner) ?? []), view]);
  }
  const [most] = [...byOwner.values()].sort((a, b) => b.length - a.length);
  return most?.[0];
}
