import { GuildScheduledEventEntityType, PermissionFlagsBits } from 'discord-api-types/v10';
import { z } from 'zod';
import { invalidField } from '../discord-error.js';
import { SANDBOX_IDS } from '../ids.js';
import { scheduledEventPayload } from '../world/payloads.js';
import type { GuildRecord, ScheduledEventRecord } from '../world/records.js';
import { requirePermission } from './authority.js';
import { bodyOf, noContent, param, type RestApp, type RestContext, type RestParts } from './rest-context.js';

const timeSchema = z.iso.datetime({ offset: true }).transform((time) => new Date(time).toISOString());

const eventChangeSchema = z.looseObject({
  name: z.string().min(1).max(100).optional(),
  description: z.string().max(1_000).nullish(),
  scheduled_start_time: timeSchema.optional(),
  scheduled_end_time: timeSchema.optional(),
  entity_metadata: z.looseObject({ location: z.string().min(1).max(100) }).optional(),
  status: z.int().min(1).max(4).optional(),
});
const newEventSchema = eventChangeSchema
  .required({
    name: true,
    scheduled_start_time: true,
    scheduled_end_time: true,
    entity_metadata: true,
  })
  .extend({ entity_type: z.literal(GuildScheduledEventEntityType.External), privacy_level: z.literal(2) });

/** `/guilds/:guild/scheduled-events`: events outside Discord, which need a place and an end. */
export function scheduledEventRoutes(app: RestApp, { world }: RestParts): void {
  const guildOf = (c: RestContext) => world.guild(param(c, 'guild'));
  const eventOf = (c: RestContext) => world.scheduledEvents.get(guildOf(c).id, param(c, 'event'));
  const answer = (c: RestContext, event: ScheduledEventRecord) =>
    c.json(scheduledEventPayload(event, guildOf(c).id) as object);

  /** One's own events need less. @throws DiscordError 50013 */
  const requireEditor = (guild: GuildRecord, { creatorId }: ScheduledEventRecord) => {
    const { CreateEvents, ManageEvents } = PermissionFlagsBits;
    requirePermission(world, guild, creatorId === SANDBOX_IDS.bot ? CreateEvents : ManageEvents);
  };

  /** @throws DiscordError 50035 */
  const checkTimes = ({ startAt, endAt }: Pick<ScheduledEventRecord, 'startAt' | 'endAt'>) => {
    if (Date.parse(startAt) <= world.clock.now()) {
      throw invalidField(['scheduled_start_time'], 'GUILD_SCHEDULED_EVENT_SCHEDULE_PAST', 'Must be in the future');
    }
    if (Date.parse(endAt) > Date.parse(startAt)) return;
    throw invalidField(['scheduled_end_time'], 'GUILD_SCHEDULED_EVENT_END_BEFORE_START', 'Must be after the start');
  };

  app.get('/guilds/:guild/scheduled-events', (c) =>
    c.json(world.scheduledEvents.listOpen(guildOf(c).id).map((e) => scheduledEventPayload(e, guildOf(c).id)) as object),
  );

  app.post('/guilds/:guild/scheduled-events', (c) => {
    const body = bodyOf(c, newEventSchema);
    const guild = guildOf(c);
    requirePermission(world, guild, PermissionFlagsBits.CreateEvents);
    const times = { startAt: body.scheduled_start_time, endAt: body.scheduled_end_time };
    checkTimes(times);
    const { name, description = null, entity_metadata } = body;
    const place = entity_metadata.location;
    const draft = { name, description, place, creatorId: SANDBOX_IDS.bot, ...times };
    return answer(c, world.scheduledEvents.create(guild.id, draft));
  });

  app.get('/guilds/:guild/scheduled-events/:event', (c) => answer(c, eventOf(c)));

  app.patch('/guilds/:guild/scheduled-events/:event', (c) => {
    const body = bodyOf(c, eventChangeSchema);
    const [guild, event] = [guildOf(c), eventOf(c)];
    requireEditor(guild, event);
    const { scheduled_start_time: startAt = event.startAt, scheduled_end_time: endAt = event.endAt } = body;
    if (body.scheduled_start_time !== undefined || body.scheduled_end_time !== undefined)
      checkTimes({ startAt, endAt });
    const changed = world.scheduledEvents.edit(guild.id, event.id, {
      startAt,
      endAt,
      ...(body.name !== undefined && { name: body.name }),
      ...(body.description !== undefined && { description: body.description }),
      ...(body.entity_metadata && { place: body.entity_metadata.location }),
      ...(body.status !== undefined && { status: body.status }),
    });
    return answer(c, changed);
  });

  app.delete('/guilds/:guild/scheduled-events/:event', (c) => {
    requireEditor(guildOf(c), eventOf(c));
    world.scheduledEvents.delete(guildOf(c).id, eventOf(c).id);
    return noContent(c);
  });
}
