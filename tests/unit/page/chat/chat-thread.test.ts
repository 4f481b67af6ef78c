import { describe, expect, it } from 'vitest';
import { continues, excerptOf, isIn, threadOf, withChatEvent } from '../../../../page/chat/chat-thread.js';
import type { ChatEvent, ChatMessage } from '../../../../shared/control/page-api.js';

const message = (id: string, more: Partial<ChatMessage> = {}): ChatMessage => ({
  id,
  channel: 'general',
  directWith: null,
  author: { name: 'owner', isBot: false },
  text: `text ${id}`,
  at: '2026-01-01T22:00:00.000Z',
  editedAt: null,
  isPrivate: false,
  replyTo: null,
  command: null,
  embeds: [],
  rows: [],
  files: [],
  reactions: [],
  ...more,
});
const ids = (thread: readonly ChatMessage[]) => thread.map(({ id }) => id);

describe('the thread', () => {
  const thread = [message('1'), message('2')];

  it('grows at its end, edits in place, and forgets', () => {
    const edited = message('1', { text: 'other' });
    expect(ids(withChatEvent(thread, { kind: 'sent', message: message('3') }))).toEqual(['1', '2', '3']);
    expect(withChatEvent(thread, { kind: 'edited', message: edited })).toEqual([edited, thread[1]]);
    expect(ids(withChatEvent(thread, { kind: 'deleted', message: message('1') }))).toEqual(['2']);
  });

  it('is not disturbed by what it does not have, nor by what it has already', () => {
    expect(withChatEvent(thread, { kind: 'edited', message: message('9') })).toBe(thread);
    expect(withChatEvent(thread, { kind: 'deleted', message: message('9') })).toBe(thread);
    expect(ids(withChatEvent(thread, { kind: 'sent', message: message('2') }))).toEqual(['1', '2']);
  });

  it('does not grow for ever', () => {
    const long = Array.from({ length: 200 }, (_, index) => message(String(index)));
    const after = withChatEvent(long, { kind: 'sent', message: message('new') });
    expect([after.length, after[0]?.id, after.at(-1)?.id]).toEqual([200, '1', 'new']);
  });

  it('loses nothing that happened while it was loaded, and shows nothing of elsewhere', () => {
    const place = { channel: 'general', as: 'owner' };
    const elsewhere = message('8', { channel: 'mod-log' });
    const edited = message('2', { text: 'other' });
    const meanwhile: ChatEvent[] = [
      { kind: 'sent', message: message('2') },
      { kind: 'edited', message: edited },
      { kind: 'deleted', message: message('1') },
      { kind: 'sent', message: elsewhere },
      { kind: 'sent', message: message('3') },
    ];
    expect(threadOf(place, [...thread, elsewhere], meanwhile)).toEqual([edited, message('3')]);
    expect(threadOf(place, [], [])).toEqual([]);
  });

  it('is that of a channel, or of two who talk directly', () => {
    const direct = message('1', { channel: 'dm', directWith: 'alice' });
    expect(isIn({ channel: 'general', as: 'owner' }, thread[0] ?? direct)).toBe(true);
    expect(isIn({ channel: 'dm', as: 'owner' }, direct)).toBe(false);
    expect(isIn({ channel: 'dm', as: 'alice' }, direct)).toBe(true);
  });
});

describe('a message', () => {
  it('goes on below one of the same author a short time ago', () => {
    expect(continues(message('2', { at: '2026-01-01T22:04:00.000Z' }), message('1'))).toBe(true);
    expect(continues(message('2', { at: '2026-01-01T22:05:01.000Z' }), message('1'))).toBe(false);
  });

  it.each<[string, Partial<ChatMessage>]>([
    ['somebody else', { author: { name: 'bob', isBot: false } }],
    ['an answer', { replyTo: '1' }],
    ['the answer to a command', { command: { user: 'owner', name: 'ping' } }],
    ['one that only one person sees', { isPrivate: true }],
  ])('has a name of its own when it is by %s', (_, more) => {
    expect(continues(message('2', more), message('1'))).toBe(false);
    expect(continues(message('1'), undefined)).toBe(false);
  });

  it('is quoted by one line of it, whatever it has', () => {
    const embed = { title: 'Job queue', description: null, color: null, author: null, footer: null, fields: [] };
    expect(excerptOf(message('1', { text: 'a\n  b' }))).toBe('a b');
    expect(excerptOf(message('1', { text: '', embeds: [embed] }))).toBe('Job queue');
    expect(excerptOf(message('1', { text: '', files: ['log.txt'] }))).toBe('log.txt');
    expect(excerptOf(message('1', { text: 'x'.repeat(100) }))).toHaveLength(80);
  });
});
