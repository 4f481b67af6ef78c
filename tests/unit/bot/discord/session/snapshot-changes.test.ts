import { describe, expect, it } from 'vitest';
import { changeOf } from '../../../../../bot/discord/session/snapshot-changes.js';

const change = (t: string, d: unknown) => changeOf({ t, s: 1, d }, 'me');

describe('changeOf', () => {
  it.each(['GUILD_CREATE', 'GUILD_UPDATE', 'GUILD_DELETE'])('%s changes the guild it is about', (t) => {
    expect(change(t, { id: '7' })).toEqual({ guildId: '7' });
  });

  it.each([
    'CHANNEL_CREATE',
    'CHANNEL_UPDATE',
    'CHANNEL_DELETE',
    'CHANNEL_PINS_UPDATE',
    'THREAD_CREATE',
    'THREAD_UPDATE',
    'THREAD_DELETE',
    'THREAD_LIST_SYNC',
    'GUILD_ROLE_CREATE',
    'GUILD_ROLE_UPDATE',
    'GUILD_ROLE_DELETE',
    'GUILD_SCHEDULED_EVENT_CREATE',
    'GUILD_SCHEDULED_EVENT_UPDATE',
    'GUILD_SCHEDULED_EVENT_DELETE',
    'GUILD_EMOJIS_UPDATE',
    'GUILD_STICKERS_UPDATE',
    'GUILD_MEMBER_ADD',
    'GUILD_MEMBER_REMOVE',
  ])('%s changes the guild in which it happened', (t) => {
    expect(change(t, { id: '1', guild_id: '7' })).toEqual({ guildId: '7' });
  });

  it('of people only we ourselves count', () => {
    expect(change('GUILD_MEMBER_UPDATE', { guild_id: '7', user: { id: 'me' } })).toEqual({ guildId: '7' });
    expect(change('GUILD_MEMBER_UPDATE', { guild_id: '7', user: { id: 'you' } })).toBeNull();
    expect(change('USER_UPDATE', { id: 'me' })).toBe('self');
    expect(change('USER_UPDATE', { id: 'you' })).toBeNull();
  });

  it('READY changes everything', () => {
    expect(change('READY', { user: { id: 'me' } })).toBe('everything');
  });

  it('messages, interactions, direct messages and unheard-of events change nothing', () => {
    expect(change('MESSAGE_CREATE', { guild_id: '7' })).toBeNull();
    expect(change('INTERACTION_CREATE', { guild_id: '7' })).toBeNull();
    expect(change('CHANNEL_PINS_UPDATE', { channel_id: '1' })).toBeNull();
    expect(change('constructor', { guild_id: '7' })).toBeNull();
    expect(change('GUILD_CREATE', null)).toBeNull();
  });
});
