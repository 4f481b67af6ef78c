import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHotReloadService } from '../../../../bot/framework/hot-reload.js';
import { systemClock } from '../../../../shared/clock.js';
import type { Service } from '../../../../shared/lifecycle/service.js';
import { recordingLogger } from '../../../support/framework-fakes.js';

const signal = new AbortController().signal;

describe('hot reload', () => {
  let folder: string;
  let service: Service;
  let reloads: string[];
  let onReload: () => void;
  let failure: Error | undefined;
  const logger = recordingLogger();

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tux-hot-'));
    reloads = [];
    failure = undefined;
    for (const cog of ['a', 'b']) {
      mkdirSync(join(folder, cog));
      writeFileSync(join(folder, cog, 'x.js'), '1');
    }
    service = createHotReloadService({
      cogs: {
        list: () => ['a', 'b'].map((name) => ({ name, status: 'loaded' as const })),
        reload: async (name) => {
          reloads.push(name);
          onReload();
          if (failure) throw failure;
        },
        sync: async () => 'unchanged',
      },
      folder: pathToFileURL(`${folder}/`),
      clock: systemClock,
      log: logger.log,
    });
    await service.initialize(signal);
  });
  afterEach(async () => {
    await service.cleanup(signal);
    rmSync(folder, { recursive: true });
  });

  function nextReload(): Promise<void> {
    return new Promise((resolve) => {
      onReload = resolve;
    });
  }

  it('loads a cog anew once all of its files are written, and only that one', async () => {
    const reload = nextReload();
    for (const name of ['x.js', 'y.js', 'z.js', 'z.js.map']) writeFileSync(join(folder, 'a', name), '2');
    await reload;
    expect(reloads).toEqual(['a']);
  });

  it('sees a file that another one was renamed over, time and again', async () => {
    for (const round of ['1', '2']) {
      const reload = nextReload();
      writeFileSync(join(folder, 'b', 'x.tmp'), round);
      renameSync(join(folder, 'b', 'x.tmp'), join(folder, 'b', 'x.js'));
      await reload;
    }
    expect(reloads).toEqual(['b', 'b']);
  });

  it('reports a cog that does not work and goes on watching', async () => {
    failure = new SyntaxError('unexpected end');
    const first = nextReload();
    writeFileSync(join(folder, 'a', 'x.js'), '2');
    await first;
    const second = nextReload();
    writeFileSync(join(folder, 'a', 'x.js'), '3');
    await second;
    expect(logger.records.find(({ event }) => event === 'cog:reload:failed')?.msg).toContain('unexpected end');
  });
});
