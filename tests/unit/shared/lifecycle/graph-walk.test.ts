import { describe, expect, it } from 'vitest';
import { buildGraph } from '../../../../shared/lifecycle/graph.js';
import { walkGraph } from '../../../../shared/lifecycle/graph-walk.js';
import { FakeClock } from '../../../../shared/testing/index.js';
import { seededRandom } from '../../../support/random.js';

const service = (name: string, ...dependsOn: string[]) => ({ name, dependsOn });

describe('walking a service graph', () => {
  it('never visits a service before those it waits for, in 200 random graphs', async () => {
    const random = seededRandom(1);
    for (let round = 0; round < 200; round += 1) {
      const names = Array.from({ length: 1 + Math.floor(random() * 12) }, (_, i) => `s${i}`);
      const graph = buildGraph(
        names.map((name, i) => service(name, ...names.slice(0, i).filter(() => random() < 0.3))).reverse(),
      );
      const done = new Set<string>();
      let active = 0;
      let mostActive = 0;
      await walkGraph(graph, 3, async (name) => {
        expect(graph.get(name)?.every((dependency) => done.has(dependency))).toBe(true);
        active += 1;
        mostActive = Math.max(mostActive, active);
        for (let i = Math.floor(random() * 4); i > 0; i -= 1) await Promise.resolve();
        active -= 1;
        done.add(name);
      });
      expect(done.size).toBe(names.length);
      expect(mostActive).toBeLessThanOrEqual(3);
    }
  });

  it('begins no visit after a failure, and rejects with the first one when those under way have ended', async () => {
    const clock = new FakeClock();
    const ended: string[] = [];
    const walk = walkGraph(
      buildGraph([service('a'), service('b'), service('c'), service('d', 'a')]),
      2,
      async (name) => {
        await clock.sleep(name === 'a' ? 10 : 20);
        ended.push(name);
        throw new Error(`${name} failed`);
      },
    );
    const outcome = expect(walk).rejects.toThrow('a failed');
    await clock.advance(10);
    expect(ended).toEqual(['a']);
    await clock.advance(10);
    await outcome;
    expect(ended).toEqual(['a', 'b']);
  });

  it('begins what may begin in the order of the graph, whoever became free last', async () => {
    const order: string[] = [];
    const graph = buildGraph([service('root'), service('early', 'root'), service('late'), service('last')]);
    await walkGraph(graph, 1, async (name) => {
      order.push(name);
    });
    expect(order).toEqual(['root', 'early', 'late', 'last']);
  });

  it('resolves for a graph of nothing', async () => {
    await walkGraph(buildGraph([]), 5, () => Promise.reject(new Error('nobody to visit')));
  });
});
