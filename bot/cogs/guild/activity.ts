/** Something that a guild's activity log tells about. All times are milliseconds since the epoch. */
export type Activity =
  | {
      readonly kind: 'join';
      readonly userId: string;
      readonly name: string;
      /** Of the account. */
      readonly createdAt: number;
      readonly joinedAt: number | null;
    }
  | {
      readonly kind: 'leave';
      readonly userId: string;
      readonly name: string;
      /** null when the bot does not remember them. */
      readonly joinedAt: number | null;
    }
  | {
      readonly kind: 'edit';
      readonly userId: string;
      readonly channelId: string;
      readonly messageId: string;
      readonly editedAt: number;
      /** null when the bot does not remember it. */
      readonly before: string | null;
      readonly after: string;
    }
  | {
      readonly kind: 'delete';
      readonly channelId: string;
      readonly messageId: string;
      /** null when the bot does not remember it: then it may have been anybody's. */
      readonly said: { readonly userId: string; readonly text: string } | null;
    }
  | {
      readonly kind: 'purge';
      readonly channelId: string;
      /** One of the messages. */
      readonly messageId: string;
      readonly count: number;
    };

/** So many deletions in one channel at once are told as one purge. */
const PURGE_FROM = 4;

/** Merges the deletions of a channel where there are many, in the place of the first; everything else stays as it is. */
export function mergeDeletions(activities: readonly Activity[]): Activity[] {
  const counts = new Map<string, number>();
  for (const activity of activities) {
    if ('channelId' in activity)
      counts.set(activity.channelId, (counts.get(activity.channelId) ?? 0) + deleted(activity));
  }
  const merged = new Set<string>();
  return activities.flatMap((activity): Activity[] => {
    const count = 'channelId' in activity ? (counts.get(activity.channelId) ?? 0) : 0;
    if (!('channelId' in activity) || activity.kind === 'edit' || count < PURGE_FROM) return [activity];
    const { channelId, messageId } = activity;
    if (merged.has(channelId)) return [];
    merged.add(channelId);
    return [{ kind: 'purge', channelId, messageId, count }];
  });
}

function deleted(activity: Activity): number {
  if (activity.kind === 'purge') return activity.count;
  return activity.kind === 'delete' ? 1 : 0;
}

/** The same activity, told again after a crash, has the same name: with what Discord tells, and not what we remember. */
export function activityName(activity: Activity): string {
  switch (activity.kind) {
    case 'join':
    case 'leave':
      return `${activity.kind}:${activity.userId}:${activity.joinedAt ?? ''}`;
    case 'edit':
      return `edit:${activity.messageId}:${activity.editedAt}`;
    case 'delete':
    case 'purge':
      return `${activity.kind}:${activity.messageId}`;
  }
}

/** Of a message whose earlier text is not known, only an edit this young is told: it is what the event is about. */
const FRESH_EDIT_MS = 60_000;

/** An edit by its author, other than Discord adding a preview to a link, a pin, or something long ago. */
export function isTextEdit(edit: {
  readonly before: string | null;
  readonly after: string;
  /** null: never edited. */
  readonly editedAt: number | null;
  readonly now: number;
}): boolean {
  const { before, after, editedAt, now } = edit;
  if (before !== null) return before !== after;
  return editedAt !== null && now - editedAt < FRESH_EDIT_MS;
}
