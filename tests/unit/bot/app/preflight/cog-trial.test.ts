import { describe, expect, it } from 'vitest';
import { tryCogs } from '../../../../../bot/app/preflight/cog-trial.js';
import { defineCog } from '../../../../../bot/framework/cog.js';
import { TuxError } from '../../../../../shared/errors.js';

function loaderThat(fails: Record<string, Error>) {
  const calls: string[] = [];
  return {
    calls,
    async load({ name }: { name: string }) {
      calls.push(`load ${name}`);
      if (fails[name]) throw fails[name];
    },
    async unload(name: string) {
      calls.push(`unload ${name}`);
      return true;
    },
  };
}

const cogs = [
  defineCog({ name: 'low', priority: 1 }),
  defineCog({ name: 'high', priority: 9 }),
  defineCog({ name: 'mid', priority: 5 }),
];
const never = new AbortController().signal;

describe('trying cogs', () => {
  it('puts all into use by priority, and takes them out in reverse', async () => {
    const loader = loaderThat({});
    expect(await tryCogs(loader, cogs, never)).toEqual([]);
    expect(loader.calls).toEqual(['load high', 'load mid', 'load low', 'unload low', 'unload mid', 'unload high']);
  });

  it('names each that fails, and does not hold it against one that there is no database yet', async () => {
    const noDatabase = new TuxError('TUX_DB_NOT_CONNECTED', 'The database is not connected');
    const loader = loaderThat({
      high: new Error('no luck'),
      mid: new Error('cannot read the settings', { cause: noDatabase }),
    });
    expect(await tryCogs(loader, cogs, never)).toEqual([{ cog: 'high', text: 'it cannot be set up: no luck' }]);
    expect(loader.calls.slice(-1)).toEqual(['unload low']);
  });

  it('ends when it is told to', async () => {
    await expect(tryCogs(loaderThat({}), cogs, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });
});
