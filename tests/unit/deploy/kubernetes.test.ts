import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageVersion } from '../../../shared/package.js';
import { longestStopSeconds, readYaml, unknownSettings } from '../../support/deploy-files.js';
import { Dockerfile } from '../../support/dockerfile.js';

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
  readonly periodSeconds: number;
  readonly failureThreshold: number;
}
interface ContainerSpec {
  readonly name: string;
  readonly image: string;
  readonly command?: string[];
  readonly env: { readonly name: string; readonly value: string }[];
  readonly envFrom: { readonly secretRef: { readonly name: string } }[];
  readonly ports: { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly resources: { requests: Record<string, string>; limits: Record<string, string> };
  readonly securityContext: unknown;
  readonly volumeMounts: { readonly name: string; readonly mountPath: string }[];
}
interface StatefulSet {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels: Record<string, string>; readonly namespace?: string };
  readonly spec: {
    readonly replicas: number;
    readonly serviceName: string;
    readonly selector: { readonly matchLabels: Record<string, string> };
    readonly template: {
      readonly metadata: { labels: Record<string, string>; annotations: Record<string, string> };
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly securityContext: Record<string, unknown>;
        readonly containers: ContainerSpec[];
        readonly volumes: { readonly name: string }[];
        readonly [key: string]: unknown;
      };
    };
    readonly volumeClaimTemplates: { metadata: { name: string }; spec: { accessModes: string[] } }[];
  };
}

const folder = 'deploy/kubernetes';
const set = readYaml<StatefulSet>(`${folder}/statefulset.yaml`);
const service = readYaml<{
  metadata: { name: string; namespace?: string };
  spec: { selector: Record<string, string>; ports: { name: string; port: number; targetPort: string }[] };
}>(`${folder}/service.yaml`);
const secret = readYaml<{ metadata: { name: string; namespace?: string }; stringData: Record<string, string> }>(
  `${folder}/secret.example.yaml`,
);
const kustomization = readYaml<{ resources: string[]; images: { name: string; newTag: string }[] }>(
  `${folder}/kustomization.yaml`,
);
const image = new Dockerfile();
const pod = set.spec.template;
const [tux, ...others] = pod.spec.containers as [ContainerSpec, ...ContainerSpec[]];
const setting = (name: string) => tux.env.find((one) => one.name === name)?.value;

describe('the manifests for Kubernetes', () => {
  it('are all applied but the template of the secret, in whatever namespace', () => {
    const names = readdirSync(resolve(import.meta.dirname, '../../..', folder));
    expect([...kustomization.resources, 'kustomization.yaml', 'secret.example.yaml'].sort()).toEqual(names.sort());
    for (const { metadata } of [set, service, secret]) expect(metadata.namespace).toBeUndefined();
  });

  it('run one Tux, never two', () => {
    expect(set.kind).toBe('StatefulSet');
    expect(set.spec.replicas).toBe(1);
    expect(others).toEqual([]);
    const modes = set.spec.volumeClaimTemplates.flatMap(({ spec }) => spec.accessModes);
    expect(new Set(modes)).toEqual(new Set(['ReadWriteOncePod']));
  });

  it('run this version, by the entrypoint of the image, which is an init', () => {
    expect(tux.command).toBeUndefined();
    expect(kustomization.images).toEqual([{ name: tux.image, newName: 'tux', newTag: packageVersion() }]);
  });

  it('select the pod that they make', () => {
    const { labels } = pod.metadata;
    expect(set.spec.selector.matchLabels).toEqual(labels);
    expect(service.spec.selector).toEqual(labels);
    expect(set.spec.serviceName).toBe(service.metadata.name);
    expect(tux.envFrom).toEqual([{ secretRef: { name: secret.metadata.name } }]);
  });

  it('keep state and logs in volumes, and mount what must be writable', () => {
    const claims = set.spec.volumeClaimTemplates.map(({ metadata }) => metadata.name);
    const volumes = pod.spec.volumes.map(({ name }) => name);
    expect(tux.volumeMounts.map(({ name }) => name).sort()).toEqual([...claims, ...volumes].sort());
    const where = Object.fromEntries(tux.volumeMounts.map(({ name, mountPath }) => [name, mountPath]));
    const { TUX_STATE_DIR, TUX_LOG_DIR } = image.environment;
    expect(where).toEqual({ state: TUX_STATE_DIR, logs: TUX_LOG_DIR, tmp: '/tmp' });
    expect(claims).toEqual(['state', 'logs']);
  });

  it('grant Tux more time to stop than it takes', () => {
    expect(pod.spec.terminationGracePeriodSeconds).toBeGreaterThan(longestStopSeconds());
  });

  it('probe the port that Tux listens at: liveness of the supervisor, readiness of Tux', () => {
    const port = Number(setting('TUX_HTTP_PORT'));
    expect(setting('TUX_HTTP_HOST')).toBe('0.0.0.0');
    expect(tux.ports).toEqual([{ name: 'http', containerPort: port }]);
    expect(service.spec.ports).toEqual([{ name: 'http', port, targetPort: 'http' }]);
    const probed = [tux.startupProbe, tux.livenessProbe, tux.readinessProbe].map(({ httpGet }) => httpGet);
    expect(probed.map(({ port: name }) => name)).toEqual(['http', 'http', 'http']);
    expect(probed.map(({ path }) => path)).toEqual(['/healthz', '/healthz', '/readyz']);
    expect(pod.metadata.annotations).toEqual({
      'prometheus.io/scrape': 'true',
      'prometheus.io/port': String(port),
      'prometheus.io/path': '/metrics',
    });
  });

  it('allow for the longest wait before the supervisor is up: another host’s lock', () => {
    const { periodSeconds, failureThreshold } = tux.startupProbe;
    expect(periodSeconds * failureThreshold).toBeGreaterThan(40);
  });

  it('take every right from Tux that it does not need', () => {
    const [uid, gid] = image.text('USER').split(':').map(Number);
    expect(pod.spec.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: uid,
      runAsGroup: gid,
      fsGroup: gid,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(tux.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(pod.spec).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false });
  });

  it('reserve memory and limit it, and leave the CPU unlimited: a throttled event loop lags', () => {
    expect(Object.keys(tux.resources.requests)).toEqual(['cpu', 'memory']);
    expect(Object.keys(tux.resources.limits)).toEqual(['memory']);
  });

  it('name only settings that there are', () => {
    expect(unknownSettings([...tux.env.map(({ name }) => name), ...Object.keys(secret.stringData)])).toEqual([]);
  });
});
