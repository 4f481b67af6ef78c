import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SharedPostgres } from '../support/shared-postgres.js';
import { TuxRig } from '../support/tux-rig.js';

let postgres: SharedPostgres;
let rig: TuxRig;
beforeAll(async () => {
  postgres = await SharedPostgres.join();
  rig = await TuxRig.create({ DATABASE_URL: await postgres.createDatabase() });
});
afterAll(async () => {
  await rig.dispose();
  await postgres.leave();
});

describe('a supervised Tux', () => {
  it('starts, answers, restarts on demand and stops, all with one IDENTIFY', async () => {
    const supervisor = rig.start({}, ['--debug']);
    await supervisor.ready();
    expect(supervisor.log.all('service:initializing')[0]).toMatchObject({ name: 'worker', level: 20 });
    expect((await rig.ask('$ping')).embeds[0]?.title ?? (await rig.ask('$ping')).content).toMatch(/pong/i);

    const status = await rig.status();
    expect(status).toMatchObject({ state: 'RUNNING', ready: true, worker: { state: 'RUNNING' }, hold: null });
    const restarted = await rig.supervisorCommand('restart', '--json');
    expect(restarted.code, restarted.output).toBe(0);
    expect((await rig.status()).restarts.planned).toBe(1);

    const stopped = await rig.supervisorCommand('stop');
    expect(stopped.output).toMatch(/Stopped/);
    expect(await supervisor.ended).toEqual({ code: 0, signal: null });
    expect(rig.processes()).toEqual([]);
    expect(rig.sandbox.recorder.counters).toMatchObject({
      identifies: 1,
      resumes: 1,
      maxLiveSessions: 1,
      liveConnections: 0,
    });
    expect((await rig.history()).map((run) => run.class)).toEqual(['planned', 'stopped']);
  });
});
