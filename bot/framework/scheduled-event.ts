import { z } from 'zod';

/** An event that a guild has scheduled, as it stands in `event-cache.json`. Times are ISO-8601 UTC. */
export const scheduledEventSchema = z.object({
  id: z.string().min(1),
  guildId: z.string().min(1),
  name: z.string(),
  startAt: z.iso.datetime(),
  endAt: z.iso.datetime().optional(),
  /** In words, or as the mention of a channel. */
  place: z.string().optional(),
  status: z.enum(['scheduled', 'active']),
  creatorId: z.string().optional(),
});
/** See {@link scheduledEventSchema}. */
export type ScheduledEvent = Readonly<z.infer<typeof scheduledEventSchema>>;

/** An event as Discord shows it; one that is over may still be shown for a while. */
export type SeenEvent = Omit<ScheduledEvent, 'status'> & {
  readonly status: ScheduledEvent['status'] | 'completed' | 'cancelled';
};

/** What became of an event. `event` is how it is now; of one that is no more, how it was last. */
export type EventChange =
  | { readonly kind: 'created'; readonly event: ScheduledEvent }
  | { readonly kind: 'changed'; readonly event: ScheduledEvent; readonly before: ScheduledEvent }
  | { readonly kind: 'cancelled' | 'ended'; readonly event: ScheduledEvent }
  /** We are not in its guild any more and hear no more of it. */
  | { readonly kind: 'lost'; readonly event: ScheduledEvent };

/**
 * What happened between two looks at the same guild, whether we watched or not. An event that is missing afterwards was
 * cancelled if it had not begun by `now`, else it is over.
 *
 * @param now wall-clock milliseconds.
 */
export function diffEvents(
  before: readonly ScheduledEvent[],
  after: readonly SeenEvent[],
  now: number,
): readonly EventChange[] {
  const knownById = new Map(before.map((event) => [event.id, event]));
  const changes = after.flatMap((seen) => {
    const known = knownById.get(seen.id);
    knownById.delete(seen.id);
    return changeOf(known, seen);
  });
  const missing = Array.from(knownById.values(), (event): EventChange => {
    const hasBegun = event.status === 'active' || Date.parse(event.startAt) <= now;
    return { kind: hasBegun ? 'ended' : 'cancelled', event };
  });
  return [...changes, ...missing];
}

function changeOf(known: ScheduledEvent | undefined, seen: SeenEvent): EventChange[] {
  if (!isOpen(seen)) {
    if (!known) return [];
    return [{ kind: seen.status === 'completed' ? 'ended' : 'cancelled', event: known }];
  }
  if (!known) return [{ kind: 'created', event: seen }];
  return isSame(known, seen) ? [] : [{ kind: 'changed', event: seen, before: known }];
}

function isOpen(event: SeenEvent): event is ScheduledEvent {
  return event.status === 'scheduled' || event.status === 'active';
}

function isSame(one: ScheduledEvent, other: ScheduledEvent): boolean {
  const keys = Object.keys(scheduledEventSchema.shape) as (keyof ScheduledEvent)[];
  return keys.every((key) => one[key] === other[key]);
}
