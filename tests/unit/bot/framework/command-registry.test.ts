import { beforeEach, describe, expect, it } from 'vitest';
import { defineCommand, defineCommandGroup } from '../../../../bot/framework/command.js';
import { CommandRegistry } from '../../../../bot/framework/command-registry.js';

const run = async () => {};
const ping = defineCommand({ name: 'ping', description: 'Ping.', aliases: ['p'], run });
const me = defineCommand({ name: 'me', description: 'Me.', run });
const list = defineCommand({ name: 'list', description: 'List.', aliases: ['ls'], run });
const remind = defineCommandGroup({
  name: 'remind',
  description: 'Remind.',
  commands: [me, list],
  defaultCommand: 'me',
});
const admin = defineCommandGroup({ name: 'admin', description: 'Admin.', commands: [list] });

describe('CommandRegistry', () => {
  let registry: CommandRegistry;
  beforeEach(() => {
    registry = new CommandRegistry();
    registry.add('info', ping);
    registry.add('utility', remind);
    registry.add('admin', admin);
  });

  it.each([
    ['ping', 'ping', ''],
    ['  PING  a  b ', 'ping', 'a  b'],
    ['p a', 'ping', 'a'],
    ['ping\na', 'ping', 'a'],
    ['remind list', 'remind list', ''],
    ['remind LS x', 'remind list', 'x'],
    ['remind 10m tea', 'remind me', '10m tea'],
    ['remind me 10m', 'remind me', '10m'],
  ])('finds the command of %j', (line, path, rest) => {
    expect(registry.findByLine(line)).toMatchObject({ path, rest });
  });

  it('gives the group, and the word that is no sub-command, when the line names none', () => {
    expect(registry.findByLine('admin')).toEqual({ group: admin, unknown: '' });
    expect(registry.findByLine('admin explode now')).toEqual({ group: admin, unknown: 'explode' });
    expect(registry.findByLine('remind')).toEqual({ group: remind, unknown: '' });
  });

  it.each(['', ' ', 'pingpong', '5', '__proto__', 'constructor'])('finds nothing for %j', (line) => {
    expect(registry.findByLine(line)).toBeNull();
  });

  it('finds slash commands by name and sub-command', () => {
    expect(registry.findByPath('ping', null)?.path).toBe('ping');
    expect(registry.findByPath('remind', 'list')?.path).toBe('remind list');
    expect(registry.findByPath('remind', null)).toBeNull();
    expect(registry.findByPath('remind', 'gone')).toBeNull();
    expect(registry.findByPath('gone', null)).toBeNull();
  });

  it('refuses a name or alias that is taken and adds nothing of that command', () => {
    const other = defineCommand({ name: 'pong', description: 'Pong.', aliases: ['p'], run });
    expect(() => registry.add('fun', other)).toThrow("Command 'p' of cog 'fun' exists in cog 'info'");
    expect(registry.get('pong')).toBeUndefined();
  });

  it('lists each command once by name', () => {
    expect(registry.list().map(({ command }) => command.name)).toEqual(['admin', 'ping', 'remind']);
  });

  it('lists what can be run by its full name', () => {
    const paths = registry.listRunnable().map(({ path, cog }) => `${cog}: ${path}`);
    expect(paths).toEqual(['admin: admin list', 'info: ping', 'utility: remind list', 'utility: remind me']);
  });

  it('forgets the commands of one cog', () => {
    registry.removeCog('info');
    expect(registry.findByLine('p')).toBeNull();
    expect(registry.findByLine('admin list')).not.toBeNull();
  });
});
