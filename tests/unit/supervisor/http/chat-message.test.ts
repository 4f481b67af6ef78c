import { describe, expect, it } from 'vitest';
import { chatMessageSchema } from '../../../../shared/control/page-api.js';
import { apiMessageSchema, chatMessage, mentionedIds } from '../../../../supervisor/http/chat-message.js';

const names = { '500000000000000003': '@alice', '400000000000000001': '@Moderator', '300000000000000001': '#general' };
const plain = {
  id: '1',
  channel_id: '300000000000000001',
  author: { username: 'Tux', bot: true },
  content: 'hello <@500000000000000003> and <@&400000000000000001> in <#300000000000000001>, <@999999999999999999>',
  timestamp: '2026-01-01T00:00:00.000Z',
  edited_timestamp: null,
  embeds: [],
  attachments: [],
};
const shown = (message: object, directWith: string | null = null) =>
  chatMessageSchema.parse(chatMessage(apiMessageSchema.parse(message), names, directWith));

describe('a message of the sandbox', () => {
  it('has names for those it mentions, as far as they are known', () => {
    expect(shown(plain)).toMatchObject({
      channel: 'general',
      directWith: null,
      author: { name: 'Tux', isBot: true },
      text: 'hello @alice and @Moderator in #general, <@999999999999999999>',
      isPrivate: false,
      rows: [],
    });
    expect(mentionedIds(apiMessageSchema.parse(plain))).toHaveLength(5);
  });

  it('says to whom it was said directly', () => {
    expect(shown(plain, '500000000000000003')).toMatchObject({ channel: 'dm', directWith: 'alice' });
  });

  it('says what it answers, and whether others see it', () => {
    const user = { username: 'alice' };
    const answer = { flags: 64, interaction: { name: 'queue panel' }, interaction_metadata: { user } };
    expect(shown({ ...plain, ...answer })).toMatchObject({
      isPrivate: true,
      command: { user: 'alice', name: 'queue panel' },
      replyTo: null,
    });
    expect(shown({ ...plain, message_reference: { message_id: '7' } }).replyTo).toBe('7');
  });

  it('has its embeds', () => {
    const embed = {
      title: 'Status',
      description: 'of <@500000000000000003>',
      color: 0x00ff7f,
      footer: { text: 'foot' },
      fields: [
        { name: 'A', value: '<#300000000000000001>', inline: true },
        { name: 'B', value: 'b' },
      ],
    };
    expect(shown({ ...plain, embeds: [embed] }).embeds).toEqual([
      {
        title: 'Status',
        description: 'of @alice',
        color: '#00ff7f',
        author: null,
        footer: 'foot',
        fields: [
          { name: 'A', value: '#general', inline: true },
          { name: 'B', value: 'b', inline: false },
        ],
      },
    ]);
  });

  it('has what can be pressed and picked from', () => {
    const rows = [
      {
        type: 1,
        components: [
          { type: 2, style: 1, label: 'Add', custom_id: 'queue.add', emoji: { name: '➕' } },
          { type: 2, style: 5, label: 'Docs', url: 'https://example.org' },
          { type: 2, style: 4, label: 'Gone', custom_id: 'queue.gone', disabled: true },
        ],
      },
      {
        type: 1,
        components: [{ type: 3, custom_id: 'pick', placeholder: 'Pick', options: [{ label: 'A', value: 'a' }] }],
      },
      { type: 10, content: 'of a kind that Tux does not use' },
    ];
    expect(shown({ ...plain, components: rows }).rows).toEqual([
      [
        { kind: 'button', customId: 'queue.add', label: '➕ Add', style: 'primary', isDisabled: false },
        { kind: 'button', customId: null, label: 'Docs', style: 'link', isDisabled: false },
        { kind: 'button', customId: 'queue.gone', label: 'Gone', style: 'danger', isDisabled: true },
      ],
      [
        {
          kind: 'menu',
          customId: 'pick',
          label: 'Pick',
          options: [{ label: 'A', value: 'a' }],
          isDisabled: false,
        },
      ],
    ]);
  });

  it('has its files and reactions', () => {
    const more = {
      attachments: [{ filename: 'rank.png' }],
      reactions: [{ count: 2, emoji: { name: '👍', id: null } }],
    };
    expect(shown({ ...plain, ...more })).toMatchObject({ files: ['rank.png'], reactions: [{ emoji: '👍', count: 2 }] });
  });
});
