import { describe, expect, it } from 'vitest';
import { diffEvents, type ScheduledEvent, type SeenEvent } from '../../../../bot/framework/scheduled-event.js';

const now = Date.UTC(2026, 0, 10);
const at = (offsetMs: number) => new Date(now + offsetMs).toISOString();

const event = (id: string, more: Partial<ScheduledEvent> = {}): ScheduledEvent => ({
  id,
  guildId: 'g',
  name: `Event ${id}`,
  startAt: at(1),
  status: 'scheduled',
  ...more,
});

describe('diffEvents', () => {
  it('finds nothing where nothing changed', () => {
    expect(diffEvents([event('1'), event('2')], [event('2'), event('1')], now)).toEqual([]);
  });

  it('finds new events, and what is different about known ones', () => {
    const moved = event('1', { startAt: at(60_000) });
    const placed = event('2', { place: 'Hall' });
    expect(diffEvents([event('1'), event('2')], [moved, placed, event('3')], now)).toEqual([
      { kind: 'changed', event: moved, before: event('1') },
      { kind: 'changed', event: placed, before: event('2') },
      { kind: 'created', event: event('3') },
    ]);
  });

  it.each([
    ['cancelled', 'had not begun', {}],
    ['ended', 'should have begun', { startAt: at(0) }],
    ['ended', 'had begun early', { status: 'active' }],
  ] as const)('takes an event that is missing for %s when it %s', (kind, _, more) => {
    expect(diffEvents([event('1', more)], [], now)).toEqual([{ kind, event: event('1', more) }]);
  });

  it.each([
    ['completed', 'ended'],
    ['cancelled', 'cancelled'],
  ] as const)('tells of an event that is %s once', (status, kind) => {
    const seen: SeenEvent = { ...event('1'), status };
    expect(diffEvents([event('1')], [seen], now)).toEqual([{ kind, event: event('1') }]);
    expect(diffEvents([], [seen], now)).toEqual([]);
  });
});
