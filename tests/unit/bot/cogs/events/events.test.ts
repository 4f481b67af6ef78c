import { describe, expect, it } from 'vitest';
import { renderBoard, renderEvents } from '../../../../../bot/cogs/events/event-board.js';
import { isAhead, remindAt, reminderText } from '../../../../../bot/cogs/events/event-texts.js';
import type { ScheduledEvent } from '../../../../../bot/framework/scheduled-event.js';

const MINUTE_MS = 60_000;
const now = Date.UTC(2026, 0, 10);

const event = (inMs: number, more: Partial<ScheduledEvent> = {}): ScheduledEvent => ({
  id: '123456789012345678',
  guildId: '200000000000000001',
  name: 'Tea',
  startAt: new Date(now + inMs).toISOString(),
  status: 'scheduled',
  ...more,
});

describe('a reminder of an event', () => {
  it.each([
    [60 * MINUTE_MS, 45 * MINUTE_MS],
    [15 * MINUTE_MS + 1, 1],
    [15 * MINUTE_MS, 0],
    [MINUTE_MS, 0],
    [-MINUTE_MS, 0],
  ])('of one that begins in %d ms is due in %d ms', (inMs, dueInMs) => {
    expect(remindAt(event(inMs), now)).toBe(now + dueInMs);
  });

  it('says what, when and where', () => {
    const seconds = now / 1_000 + 60;
    expect(reminderText(event(MINUTE_MS, { place: 'Hall' }))).toBe(
      `⏰ **Tea** begins <t:${seconds}:R>, <t:${seconds}:f>.\n📍 Hall\n` +
        'https://discord.com/events/200000000000000001/123456789012345678',
    );
  });

  it('is for events that have not begun', () => {
    expect([event(1), event(0), event(1, { status: 'active' })].map((one) => isAhead(one, now))).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe('the board', () => {
  it('has a button for each of the next five events that are ahead, and counts what it does not list', () => {
    const events = Array.from({ length: 20 }, (_, n) => event(n * MINUTE_MS, { name: `${n}`.repeat(60) }));
    const { embeds, components } = renderBoard(events, now);
    expect(embeds?.[0]?.description).toMatch(/\n… and 5 more$/);
    expect(embeds?.[0]?.description?.length).toBeLessThan(4_096);
    const labels = components?.flatMap((row) =>
      row.components.map((button) => ('label' in button ? button.label : '')),
    );
    expect(labels).toHaveLength(5);
    expect(labels?.[0]).toMatch(/^Remind me: 1{60}$/);
    expect(Math.max(...(labels ?? []).map((label) => label?.length ?? 0))).toBeLessThanOrEqual(80);
  });

  it('has no row without a button, and a list has none at all', () => {
    expect(renderBoard([], now).components).toEqual([]);
    expect(renderBoard([], now).embeds?.[0]?.description).toContain('Nothing is planned');
    expect(renderEvents([event(1)]).components).toBeUndefined();
  });
});
