import { describe, expect, it } from 'vitest';
import { buildGraph, reverseGraph } from '../../../../shared/lifecycle/graph.js';
import { ServiceGraphError } from '../../../../shared/lifecycle/index.js';

const service = (name: string, ...dependsOn: string[]) => ({ name, dependsOn });

describe('service graph', () => {
  it('puts every service after what it depends on and otherwise keeps the order of the list', () => {
    const graph = buildGraph([
      service('cogs', 'permissions', 'prefix'),
      service('prefix', 'permissions'),
      service('permissions', 'database'),
      { name: 'metrics' },
      service('database'),
    ]);
    expect([...graph.keys()]).toEqual(['database', 'permissions', 'prefix', 'cogs', 'metrics']);
  });

  it('counts a dependency that is named twice once', () => {
    expect(buildGraph([service('a'), service('b', 'a', 'a')]).get('b')).toEqual(['a']);
  });

  it('handles a list of nothing', () => {
    expect(buildGraph([]).size).toBe(0);
  });

  it('prints the whole chain of a cycle, without what merely led to it', () => {
    const build = () => buildGraph([service('start', 'a'), service('a', 'b'), service('b', 'c'), service('c', 'a')]);
    expect(build).toThrow(ServiceGraphError);
    expect(build).toThrow('Circular dependency: a → b → c → a');
  });

  it('calls a service that depends on itself a cycle', () => {
    expect(() => buildGraph([service('a', 'a')])).toThrow('Circular dependency: a → a');
  });

  it('prints the chain that leads to an unknown dependency', () => {
    expect(() => buildGraph([service('cogs', 'prefix'), service('prefix', 'databse')])).toThrow(
      "Unknown dependency 'databse': cogs → prefix → databse",
    );
  });

  it('refuses two services of one name', () => {
    expect(() => buildGraph([service('a'), service('a')])).toThrow("Two services are called 'a'");
  });

  it('survives names that objects already have', () => {
    expect([...buildGraph([service('constructor', '__proto__'), service('__proto__')]).keys()]).toEqual([
      '__proto__',
      'constructor',
    ]);
  });

  it('turns every arrow round for the way down', () => {
    const reversed = reverseGraph(buildGraph([service('a'), service('b', 'a'), service('c', 'a', 'b')]));
    expect([...reversed]).toEqual([
      ['c', []],
      ['b', ['c']],
      ['a', ['b', 'c']],
    ]);
  });
});
