import { describe, expect, it } from 'vitest';
import { type Activity, isTextEdit, mergeDeletions } from '../../../../../bot/cogs/guild/activity.js';
import { renderActivities } from '../../../../../bot/cogs/guild/activity-view.js';

const deletion = (channelId: string, messageId: string, text = 'spam'): Activity => {
  return { kind: 'delete', channelId, messageId, said: { userId: '7', text } };
};
const join: Activity = { kind: 'join', userId: '7', name: 'alice', createdAt: 0, joinedAt: 0 };

describe('many deletions', () => {
  it('in one channel become one purge, in the place of the first', () => {
    const purge: Activity = { kind: 'purge', channelId: 'a', messageId: '9', count: 10 };
    const activities = [deletion('a', '1'), join, deletion('b', '2'), deletion('a', '3'), purge];
    expect(mergeDeletions(activities)).toEqual([
      { kind: 'purge', channelId: 'a', messageId: '1', count: 12 },
      join,
      deletion('b', '2'),
    ]);
  });

  it('stay as they are when they are few, and edits always do', () => {
    const edit = {
      kind: 'edit',
      channelId: 'a',
      messageId: '1',
      userId: '7',
      editedAt: 0,
      before: null,
      after: 'b',
    } as const;
    const few = [deletion('a', '1'), deletion('a', '2'), deletion('a', '3'), edit];
    expect(mergeDeletions(few)).toEqual(few);
    expect(mergeDeletions([...few, deletion('a', '4')])).toEqual([
      { kind: 'purge', channelId: 'a', messageId: '1', count: 4 },
      edit,
    ]);
  });
});

describe('the edit of a message', () => {
  const now = 1_000_000;

  it.each([
    ['another text', { before: 'a', after: 'b', editedAt: now }, true],
    ['a preview of a link', { before: 'a', after: 'a', editedAt: null }, false],
    ['a recent edit of what is not remembered', { before: null, after: 'b', editedAt: now - 59_999 }, true],
    ['a pin of what was edited long ago', { before: null, after: 'b', editedAt: now - 60_000 }, false],
    ['a preview in what is not remembered', { before: null, after: 'b', editedAt: null }, false],
  ])('%s', (_what, edit, isEdit) => {
    expect(isTextEdit({ ...edit, now })).toBe(isEdit);
  });
});

describe('one post of the activity log', () => {
  it('stays within what Discord takes, and counts the rest', () => {
    const long = 'x'.repeat(2_000);
    const edits = Array.from({ length: 30 }, (_, index): Activity => {
      return {
        kind: 'edit',
        channelId: 'a',
        messageId: String(index),
        userId: '7',
        editedAt: 0,
        before: long,
        after: long,
      };
    });
    const { embeds = [] } = renderActivities(edits, 5);
    expect(embeds).toHaveLength(10);
    expect(embeds[9]?.description).toBe('… and 26 more in the same moment.');
    expect(embeds.reduce((sum, { description = '' }) => sum + description.length, 0)).toBeLessThan(6_000);
  });

  it('has no room wasted on what is not there', () => {
    const { embeds = [] } = renderActivities([join, deletion('a', '1', '')], 0);
    expect(embeds.map(({ description }) => description)).toEqual([
      '📥 <@7> (alice, `7`) joined. The account is from <t:0:R>.',
      '🗑️ A message of <@7> was deleted in <#a>.\n_no text_',
    ]);
  });
});
