import type { GuildScheduledEvent, GuildScheduledEventRecurrenceRule } from 'discord.js';
import { isoTimeOrNull, type Shape } from './shape.js';

/** A scheduled event as GUILD_CREATE carries it, without the user who made it: `creator_id` is enough to ask for them. */
export function scheduledEventShape(event: GuildScheduledEvent): Shape {
  return {
    id: event.id,
    guild_id: event.guildId,
    channel_id: event.channelId,
    creator_id: event.creatorId,
    name: event.name,
    description: event.description,
    scheduled_start_time: isoTimeOrNull(event.scheduledStartTimestamp),
    scheduled_end_time: isoTimeOrNull(event.scheduledEndTimestamp),
    privacy_level: event.privacyLevel,
    status: event.status,
    entity_type: event.entityType,
    entity_id: event.entityId,
    entity_metadata: event.entityMetadata && { location: event.entityMetadata.location ?? undefined },
    user_count: event.userCount ?? undefined,
    image: event.image,
    recurrence_rule: event.recurrenceRule && recurrenceShape(event.recurrenceRule),
  };
}

function recurrenceShape(rule: GuildScheduledEventRecurrenceRule): Shape {
  return {
    start: isoTimeOrNull(rule.startTimestamp),
    end: isoTimeOrNull(rule.endTimestamp),
    frequency: rule.frequency,
    interval: rule.interval,
    by_weekday: rule.byWeekday,
    by_n_weekday: rule.byNWeekday,
    by_month: rule.byMonth,
    by_month_day: rule.byMonthDay,
    by_year_day: rule.byYearDay,
    count: rule.count,
  };
}
