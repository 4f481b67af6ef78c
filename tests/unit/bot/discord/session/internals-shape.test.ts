import { describe, expect, it } from 'vitest';
import {
  type InternalsUnderTest,
  installedInternals,
  internalsProblem,
  PARTS,
  SUPPORTED,
} from '../../../../../bot/discord/session/internals-shape.js';

/** The same object, except that what stands at `path` is another value. */
function without(object: object, [first = '', ...rest]: readonly string[], value: unknown = undefined): object {
  return new Proxy(Object.create(null), {
    get: (_target, key) => {
      const found: unknown = Reflect.get(object, key);
      if (key !== first) return found;
      return rest.length === 0 ? value : without(found as object, rest, value);
    },
  });
}

function changed(object: keyof InternalsUnderTest, path: readonly string[], value?: unknown): InternalsUnderTest {
  const found = installedInternals();
  return { ...found, [object]: without(found[object], path, value) };
}

describe('internalsProblem', () => {
  it('a test fails when an upgrade of discord.js changes those internals', () => {
    const { discord } = installedInternals() as unknown as { discord: { version: string } };
    expect(SUPPORTED).toContain(discord.version);
    expect(internalsProblem()).toBeNull();
  });

  it.each([
    ['discord', 'discord.js 15.0.0 has not been tried'],
    ['sockets', '@discordjs/ws 15.0.0 has not been tried'],
  ] as const)('names a version of %s that nobody has tried', (library, problem) => {
    expect(internalsProblem(changed(library, ['version'], '15.0.0'))).toBe(problem);
  });

  it.each(PARTS.map(([object, path]) => [`${object}.${path.join('.')}`, object, path] as const))(
    'misses %s when it is taken away',
    (name, object, path) => {
      expect(internalsProblem(changed(object, path))).toContain(name);
    },
  );

  it('notices when events are handled before the client is ready', () => {
    expect(internalsProblem(changed('manager', ['handlePacket'], () => true))).toContain('queue');
  });

  it('is a problem, not a crash, when the classes cannot be made any more', () => {
    const found = installedInternals();
    const throwing = new Proxy(found.shard, {
      get() {
        throw new Error('private');
      },
    });
    expect(internalsProblem({ ...found, shard: throwing })).toContain('private');
  });

  it('takes no time worth mentioning', () => {
    internalsProblem();
    const startedAt = performance.now();
    for (let n = 0; n < 100; n += 1) internalsProblem();
    expect((performance.now() - startedAt) / 100).toBeLessThan(2);
  });
});
