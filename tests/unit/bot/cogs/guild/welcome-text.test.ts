import { describe, expect, it } from 'vitest';
import { DEFAULT_WELCOME, fillWelcome, unknownPlaceholders } from '../../../../../bot/cogs/guild/welcome-text.js';

const newcomer = { userId: '7', serverName: 'Iceberg', memberCount: 12 };

describe('a greeting', () => {
  it('has its placeholders filled in, each as often as it is there', () => {
    expect(fillWelcome('{user} {user} in {server}, {count}', newcomer)).toBe('<@7> <@7> in Iceberg, 12');
    expect(fillWelcome(DEFAULT_WELCOME, newcomer)).toBe('👋 Welcome to **Iceberg**, <@7>! You are member number 12.');
  });

  it('fills in nothing that came with a value', () => {
    expect(fillWelcome('{server}', { ...newcomer, serverName: '{user} $& {count}' })).toBe('{user} $& {count}');
  });

  it('leaves alone what is no placeholder', () => {
    expect(fillWelcome('{toString} { user } {}', newcomer)).toBe('{toString} { user } {}');
    expect(unknownPlaceholders('{user} {name} {} {name} {Server}')).toEqual(['name', 'Server']);
    expect(unknownPlaceholders(DEFAULT_WELCOME)).toEqual([]);
  });
});
