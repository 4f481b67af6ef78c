/** Tags and attributes: names of users and guilds never, ids at most. */
export type Tags = Readonly<Record<string, string>>;

/** One stretch of work that is over. */
export interface SpanRecord {
  /** `bot.setup_database`, `command.admin restart`. */
  readonly name: string;
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly isOk: boolean;
  readonly tags: Tags;
}

/** A whole piece of work with its parts: in Sentry a transaction with its spans. */
export interface TraceRecord extends SpanRecord {
  /** What kind of work: `setup`, `command`, `shutdown`. */
  readonly op: string;
  readonly parts: readonly SpanRecord[];
}

/** The stretch of `durationMs` that ends at `endedAt` (Unix milliseconds). */
export function spanEndingAt(
  endedAt: number,
  durationMs: number,
  rest: Pick<SpanRecord, 'name' | 'isOk' | 'tags'>,
): SpanRecord {
  return { ...rest, startedAt: new Date(endedAt - durationMs), endedAt: new Date(endedAt) };
}
