import { describe, expect, it } from 'vitest';
import {
  auditReason,
  caseEmbed,
  caseLine,
  noticeText,
  refusalText,
} from '../../../../../bot/cogs/moderation/case-text.js';
import { answerText } from '../../../../../bot/cogs/moderation/impose.js';
import type { CaseRecord } from '../../../../../bot/cogs/moderation/measure.js';
import { purgeText } from '../../../../../bot/cogs/moderation/purge.js';

const record: CaseRecord = {
  id: 70,
  guildId: '1',
  number: 7,
  type: 'ban',
  status: 'open',
  userId: '42',
  moderatorId: '43',
  reason: 'spam',
  eventKey: '9',
  createdAt: new Date('2026-01-01T00:00:00Z'),
  expiresAt: null,
  logChannelId: null,
  logMessageId: null,
};
const until = new Date('2026-01-02T00:00:00Z');

describe('a case', () => {
  it('is named in the audit log, within its limit', () => {
    expect(auditReason(record, 'mod')).toBe('Case #7 by mod (43): spam');
    expect(auditReason({ ...record, reason: 'x'.repeat(1_000) }, 'mod')).toHaveLength(512);
  });

  it('is told to the person without naming the moderator', () => {
    expect(noticeText(record, 'Penguins')).toBe('You have been banned from **Penguins**.\nReason: spam');
    expect(noticeText({ ...record, type: 'timeout', expiresAt: until }, 'Penguins')).toBe(
      'You have been timed out in **Penguins**. This ends <t:1767312000:R>.\nReason: spam',
    );
  });

  it('has an embed that fits, whatever the reason', () => {
    const { title, fields = [] } = caseEmbed({ ...record, expiresAt: until, reason: 'x'.repeat(5_000) });
    expect(title).toBe('Ban · case #7');
    expect(fields.map(({ name }) => name)).toEqual(['Person', 'Moderator', 'Ends', 'Reason']);
    expect(Math.max(...fields.map(({ value }) => value.length))).toBeLessThanOrEqual(1_024);
  });

  it('shows when it came to nothing', () => {
    expect(caseLine({ ...record, status: 'void' })).toMatch(/^~~.*~~ \(void\)$/);
    expect(caseLine({ ...record, reason: 'a\nb' })).toBe('**#7** Ban of <@42> <t:1767225600:R>: a b');
    expect(JSON.stringify(caseEmbed({ ...record, status: 'void' }))).toContain('not carried out');
  });
});

describe('the answer to a moderator', () => {
  const done = { type: 'done', isTold: true, log: 'logged', isSettled: true } as const;
  const target = { username: 'snow_owl_' };

  it('says what was done, and nothing more when all went well', () => {
    expect(answerText(record, target, done)).toBe('✅ **snow\\_owl\\_** is banned (case #7).');
    expect(answerText({ ...record, expiresAt: until }, target, done)).toContain('is banned until <t:1767312000:f>');
  });

  it('has one line for each thing that was not', () => {
    const answer = answerText(record, target, { ...done, isTold: false, log: { failedIn: '5' }, isSettled: false });
    expect(answer.split('\n')).toHaveLength(4);
    expect(answer).toContain('<#5>');
  });

  it('does not claim what did not happen', () => {
    const refused = answerText(record, target, { type: 'refused', why: 'Why not.' });
    expect(refused).toBe('⚠️ I did not ban **snow\\_owl\\_**. Why not. (case #7 is void)');
    expect(answerText(record, target, { type: 'unanswered' })).toContain('cannot tell');
  });

  it.each([
    [{ status: 404, code: 10_007 }, 'not a member'],
    [{ status: 403, code: 50_013 }, 'permission'],
    [{ status: 400, code: 50_035 }, 'said no: odd'],
  ])('explains %j', (fields, text) => {
    expect(refusalText(Object.assign(new Error('odd'), fields))).toContain(text);
  });
});

describe('the answer to a purge', () => {
  it.each([
    [1, undefined, false, '🧹 Deleted 1 message.'],
    [3, { username: 'bob' }, false, '🧹 Deleted 3 messages of **bob**.'],
    [0, undefined, false, 'There was nothing to delete.'],
  ])('counts %d', (count, user, isCutByAge, text) => {
    expect(purgeText(count, user, isCutByAge)).toBe(text);
  });

  it('says what stays', () => {
    expect(purgeText(2, undefined, true)).toContain('older than 14 days');
  });
});
