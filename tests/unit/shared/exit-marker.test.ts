import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clearExitMarker, exitMarkerFile, exitMarkerOf, readExitMarker } from '../../../shared/exit-marker.js';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-marker-'));
  path = join(folder, 'exit-marker.json');
});
afterEach(() => rm(folder, { recursive: true }));

describe('an exit marker', () => {
  it.each([
    [0, 'stop'],
    [75, 'restart'],
    [70, 'fail'],
    [78, 'fail'],
    [143, 'fail'],
  ])('for code %i means %s', (code, action) => {
    const reason = { kind: 'command', message: 'why', by: 'owner' } as const;
    expect(exitMarkerOf('run', reason, code)).toEqual({ runId: 'run', action, code, reason, by: 'owner' });
  });

  it('says who asked only where somebody did', () => {
    expect(exitMarkerOf('run', { kind: 'fatal', message: 'boom' }, 70).by).toBeNull();
  });

  it('is read back as it was written', async () => {
    const marker = exitMarkerOf('run', { kind: 'signal', message: 'SIGTERM', signal: 'SIGTERM' }, 0);
    await exitMarkerFile(path, 'run').save(marker);
    expect((await exitMarkerFile(path, 'other').load()).data).toEqual(marker);
  });

  it('counts for its own run only', async () => {
    const marker = exitMarkerOf('run', { kind: 'fatal', message: 'boom' }, 70);
    expect(await readExitMarker(path, 'run')).toBeNull();
    await exitMarkerFile(path, 'run').save(marker);
    expect([await readExitMarker(path, 'run'), await readExitMarker(path, 'next')]).toEqual([marker, null]);
  });

  it('is gone once it was cleared, and clearing none is no error', async () => {
    await exitMarkerFile(path, 'run').save(exitMarkerOf('run', { kind: 'fatal', message: 'boom' }, 70));
    clearExitMarker(path);
    clearExitMarker(path);
    expect(await exitMarkerFile(path, 'run').load()).toMatchObject({ outcome: 'missing', data: null });
  });

  it('leaves nothing of one that was being written when it is cleared', async () => {
    await writeFile(`${path}.3127012585`, '{"schemaVersion":1,');
    clearExitMarker(path);
    expect(await readdir(folder)).toEqual([]);
  });

  it('that is torn counts as none, and is kept', async () => {
    await writeFile(path, '{"schemaVersion":1,"kind":"exit-mar');
    const loaded = await exitMarkerFile(path, 'run').load();
    expect(loaded).toMatchObject({ outcome: 'quarantined', data: null });
    expect(await readFile(loaded.archivePath ?? '', 'utf8')).toContain('exit-mar');
  });
});
