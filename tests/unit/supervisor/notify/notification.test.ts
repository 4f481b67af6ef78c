import { describe, expect, it } from 'vitest';
import {
  composeNotification,
  type NotificationFacts,
  notificationText,
} from '../../../../supervisor/notify/notification.js';

const now = Date.UTC(2026, 0, 1);
const TOKEN = 'not-a-real-token-at-all';

const compose = (facts: Partial<NotificationFacts>) =>
  composeNotification({ kind: 'crash', now, host: 'web-1', reason: 'killed by SIGKILL', ...facts }, [TOKEN]);

describe('a notification', () => {
  it('says what happened, where, why, and where to read more', () => {
    expect(notificationText(compose({})).split('\n')).toEqual([
      '❌ Tux crashed and is started again (on web-1)',
      'killed by SIGKILL',
      'See: tux-supervisor history, and logs/crash.log',
    ]);
  });

  it('of a hold says until when, and how to end it', () => {
    const text = notificationText(compose({ kind: 'held', until: '2026-01-01T00:15:00.000Z' }));
    expect(text).toMatch(/HELD \(on web-1\)\n.*\nUntil 2026-01-01T00:15:00.000Z\n.*restart --force$/);
  });

  it('counts what was left out', () => {
    const text = notificationText(compose({ kind: 'recovered', leftOut: { crash: 2, hang: 1, 'failed-start': 3 } }));
    expect(text).toContain('Not told one by one: 2 crashes, 1 hang, 3 failed starts');
  });

  it('has no secret in it, wherever the reason has it from', () => {
    const { reason } = compose({ reason: `login with ${TOKEN} to postgresql://tux:hunter2@db/tux failed` });
    expect(reason).toBe('login with [redacted] to postgresql://tux:[redacted]@db/tux failed');
  });

  it('has a reason of one line, without control characters, and not longer than a message may be', () => {
    expect(compose({ reason: ' a\n\tb\0c\u001b[31m ' }).reason).toBe('a b c [31m');
    const long = compose({ kind: 'held', reason: '🐧'.repeat(5_000), until: new Date(now).toISOString() });
    expect([...long.reason]).toHaveLength(1_000);
    expect(long.reason).toMatch(/🐧…$/u);
    expect([...notificationText(long)].length).toBeLessThan(2_000);
  });

  it('cuts no secret in two', () => {
    const { reason } = compose({ reason: `${'x'.repeat(990)}${TOKEN}` });
    expect(reason).toMatch(/^x+\[redacte…$|^x+\[redacted\]$/);
  });
});
