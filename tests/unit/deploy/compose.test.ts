import { describe, expect, it } from 'vitest';
import { environmentSchema } from '../../../shared/config/schema.js';
import { longestStopSeconds, readEnvFile, readYaml, unknownSettings } from '../../support/deploy-files.js';
import { Dockerfile } from '../../support/dockerfile.js';

interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly env_file?: string;
  readonly environment: Record<string, string>;
  readonly volumes: string[];
  readonly ports?: string[];
  readonly networks: string[];
  readonly depends_on?: Record<string, { condition: string }>;
  readonly healthcheck?: { readonly test: string[] };
  readonly restart: string;
  readonly stop_grace_period: string;
  readonly [key: string]: unknown;
}

const compose = readYaml<{
  services: Record<'tux' | 'postgres', Service>;
  volumes: Record<string, unknown>;
  networks: Record<string, { internal: boolean }>;
}>('deploy/compose.yaml');
const { tux, postgres } = compose.services;
const image = new Dockerfile();
const settings = readEnvFile('deploy/example.env');

describe('deploy/compose.yaml', () => {
  it('builds the image from the root of the repository', () => {
    expect(tux.build).toEqual({ context: '..', dockerfile: 'deploy/Dockerfile' });
  });

  it('keeps state, logs and database in volumes that outlive the containers', () => {
    const folders = JSON.parse(image.text('VOLUME')) as string[];
    expect(tux.volumes).toEqual([`state:${folders[0]}`, `logs:${folders[1]}`]);
    expect(postgres.volumes).toEqual(['database:/var/lib/postgresql/data']);
    expect(Object.keys(compose.volumes)).toEqual(['state', 'logs', 'database']);
  });

  it('gives Tux more time to stop than it takes', () => {
    expect(seconds(tux.stop_grace_period)).toBeGreaterThan(longestStopSeconds());
  });

  it('comes up again after a reboot', () => {
    expect([tux.restart, postgres.restart]).toEqual(['unless-stopped', 'unless-stopped']);
  });

  it('starts Tux when its database answers, over TCP', () => {
    expect(tux.depends_on).toEqual({ postgres: { condition: 'service_healthy' } });
    expect(postgres.healthcheck?.test).toEqual(expect.arrayContaining(['CMD', 'pg_isready', '--host=127.0.0.1']));
  });

  it('points Tux at that database, with the password of both in one place', () => {
    const url = tux.environment.DATABASE_URL ?? '';
    const password = '$' + '{POSTGRES_PASSWORD:?set it in deploy/.env}';
    expect(postgres.environment).toEqual({ POSTGRES_USER: 'tux', POSTGRES_DB: 'tux', POSTGRES_PASSWORD: password });
    expect(url).toBe(`postgresql://tux:${password}@postgres:5432/tux`);
    const filledIn = url.replace(password, 'secret');
    expect(environmentSchema.parse({ DISCORD_TOKEN: 'x', DATABASE_URL: filledIn }).DATABASE_URL).toBe(filledIn);
  });

  it('has the database on a network without a way out, and publishes for this machine only', () => {
    expect(postgres.networks).toEqual(['database']);
    expect(tux.networks).toEqual(['default', 'database']);
    expect(compose.networks).toEqual({ database: { internal: true } });
    expect(postgres.ports).toBeUndefined();
    const port = image.text('EXPOSE');
    expect(tux.ports).toEqual([`127.0.0.1:${port}:${port}`]);
  });

  it('takes every right from Tux that it does not need', () => {
    expect(tux).toMatchObject({
      read_only: true,
      tmpfs: ['/tmp'],
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
    expect(tux).not.toHaveProperty('privileged');
    expect(tux).not.toHaveProperty('user'); // that of the image
  });

  it('puts no second init before that of the image', () => {
    expect(tux).not.toHaveProperty('init');
    expect(image.exec('ENTRYPOINT')[0]).toBe('tini');
  });

  it('pins the version of PostgreSQL', () => {
    expect(postgres.image).toMatch(/^postgres:\d+\.\d+-[a-z]+$/);
  });
});

describe('deploy/example.env', () => {
  it('is what compose wants to be filled in, and names only settings that there are', () => {
    expect(tux.env_file).toBe('.env');
    const { POSTGRES_PASSWORD, ...ours } = settings;
    expect(POSTGRES_PASSWORD).toBe('');
    expect(unknownSettings([...Object.keys(ours), ...Object.keys(tux.environment)])).toEqual([]);
  });

  it('holds no secret', () => {
    expect(Object.values(settings).filter((value) => value !== '')).toEqual([]);
  });
});

function seconds(duration: string): number {
  const [, count, unit] = /^(\d+)(s|m)$/.exec(duration) ?? [];
  return Number(count) * (unit === 'm' ? 60 : 1);
}
