import { describe, expect, it } from 'vitest';
import { ComponentRegistry, componentId, parseComponentId } from '../../../../bot/framework/components.js';

describe('custom ids', () => {
  it.each([[[]], [['10']], [['a,b', 'c:d', 'ö %', '']]])('carry %j through Discord and back', (args) => {
    const id = componentId('queue', 'add', args);
    expect(parseComponentId(id)).toEqual({ cog: 'queue', action: 'add', args });
  });

  it('have a fixed form, so that buttons of an earlier run are understood', () => {
    expect(componentId('queue', 'add', ['10', 'x'])).toBe('v1:queue.add:10,x');
  });

  it('refuses more than Discord takes', () => {
    expect(componentId('queue', 'add', ['x'.repeat(87)])).toHaveLength(100);
    expect(() => componentId('queue', 'add', ['x'.repeat(88)])).toThrow(/101 of 100/);
  });

  it('refuses names that it could not read back', () => {
    expect(() => componentId('Queue', 'add')).toThrow(/no custom id/);
    expect(() => componentId('queue', 'a:b')).toThrow(/no custom id/);
  });

  it.each(['', 'v2:queue.add:', 'queue', 'v1:queue:', 'v1:queue.add', 'v1:queue.add:%', 'v1:QUEUE.add:'])(
    'does not understand %j',
    (id) => {
      expect(parseComponentId(id)).toBeNull();
    },
  );
});

describe('ComponentRegistry', () => {
  it('finds the handlers of loaded cogs only', () => {
    const registry = new ComponentRegistry();
    const handler = { run: async () => {} };
    registry.addCog('queue', { add: handler });
    expect(registry.find({ cog: 'queue', action: 'add', args: [] })).toBe(handler);
    expect(registry.find({ cog: 'queue', action: 'constructor', args: [] })).toBeUndefined();
    registry.removeCog('queue');
    expect(registry.find({ cog: 'queue', action: 'add', args: [] })).toBeUndefined();
  });
});
