// What `kubectl apply -k` takes: that every overlay is built, that this cluster's API server accepts it, and that it is the
// deployment of docker-compose.yml.

import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { officialImage, root } from '../../services/lab/src/fleet/compose/images.ts';
import { type Cluster, demandCluster } from '../../services/lab/src/fleet/kubernetes/cluster.ts';
import { NotPossibleHere } from '../../services/lab/src/supervision/errors.ts';

const folder = join(root, 'infra/kubernetes/overlays');
const overlays = await readdir(folder);

const resource = z.looseObject({ kind: z.string(), metadata: z.looseObject({ name: z.string() }) });
const workload = z.object({
  spec: z.object({
    template: z.object({
      spec: z.looseObject({
        containers: z.array(z.looseObject({ name: z.string(), image: z.string() })),
        initContainers: z.array(z.looseObject({ name: z.string(), image: z.string() })).default([]),
      }),
    }),
  }),
});

const ending = z.object({
  spec: z.object({
    template: z.object({
      spec: z.object({
        terminationGracePeriodSeconds: z.number(),
        containers: z.array(
          z.object({
            lifecycle: z.object({ preStop: z.object({ sleep: z.object({ seconds: z.number() }) }) }),
          }),
        ),
      }),
    }),
  }),
});

let cluster: Cluster;
const namespace = 'manifests-test';
const opened = new AsyncDisposableStack();
beforeAll(async () => {
  cluster = await demandCluster();
  await cluster.kubectl.run(['create', 'namespace', namespace]);
  opened.defer(async () => {
    await cluster.kubectl.run(['delete', 'namespace', namespace, '--wait=false']);
  });
  await provideGatewayApi();
}, 120_000);
afterAll(() => opened.disposeAsync());

/** The definitions of the Gateway API, which a cluster has only when somebody has installed them: from their Go module. */
async function provideGatewayApi(): Promise<void> {
  const there = await cluster.kubectl.run(['get', 'crd', '--output', 'name']);
  if (there.includes('httproutes.gateway.networking.k8s.io')) return;
  const module = 'sigs.k8s.io/gateway-api@v1.6.1';
  const env = { ...process.env, GOFLAGS: '-mod=mod', GOTOOLCHAIN: 'local' };
  const { stdout } = await promisify(execFile)('go', ['mod', 'download', '-json', module], {
    ...{ cwd: tmpdir(), env, timeout: 60_000 },
  }).catch((cause) => {
    throw new NotPossibleHere('The Gateway API is not installed, and there is no Go to get it with.', {
      cause,
    });
  });
  const { Dir: folder } = z.object({ Dir: z.string() }).parse(JSON.parse(stdout));
  const files = ['gatewayclasses', 'gateways', 'httproutes'].flatMap((name) => [
    ...['--filename', `${folder}/config/crd/standard/gateway.networking.k8s.io_${name}.yaml`],
  ]);
  await cluster.kubectl.run(['create', ...files]);
  opened.defer(async () => {
    await cluster.kubectl.run(['delete', ...files]);
  });
  await cluster.kubectl.run(['wait', '--for', 'condition=Established', ...files, '--timeout', '20s']);
}

async function built(overlay: string) {
  const text = await cluster.kubectl.run(['kustomize', join(folder, overlay)]);
  return parseAllDocuments(text).map((document) => resource.parse(document.toJS()));
}

/** The containers of all pods that an overlay makes. */
function containersOf(resources: Awaited<ReturnType<typeof built>>) {
  return resources
    .filter(({ kind }) => ['Deployment', 'StatefulSet', 'Job'].includes(kind))
    .flatMap((one) => {
      const { containers, initContainers } = workload.parse(one).spec.template.spec;
      return [...initContainers, ...containers].map((container) => ({ of: one.metadata.name, ...container }));
    });
}

test.each(overlays)('the API server accepts all of %s', async (overlay) => {
  // In a namespace that is there: a dry run makes none.
  const resources = (await built(overlay))
    .filter(({ kind }) => kind !== 'Namespace')
    .map((one) => ({ ...one, metadata: { ...one.metadata, namespace } }));
  const list = { apiVersion: 'v1', kind: 'List', items: resources };
  const output = await cluster.kubectl.run(
    ['apply', '--dry-run=server', '--validate=strict', '--filename', '-'],
    JSON.stringify(list),
  );
  expect(output.trim().split('\n')).toHaveLength(resources.length);
});

test('no pod of a demonstration runs as root or with any of its rights: what does not comply would be refused', async () => {
  const resources = await built('demo');
  const [{ metadata } = { metadata: {} }] = resources.filter(({ kind }) => kind === 'Namespace');
  expect(metadata).toMatchObject({ labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } });
  for (const container of containersOf(resources)) {
    expect(container).toMatchObject({
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
      resources: { requests: { cpu: expect.any(String) }, limits: { memory: expect.any(String) } },
    });
  }
});

test('a pod that ends gets as long as it may take: the time before SIGTERM, and the longest drain', async () => {
  const resources = await built('demo');
  const app = resources.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'app');
  const { spec } = ending.parse(app).spec.template;
  const [{ lifecycle } = { lifecycle: { preStop: { sleep: { seconds: 0 } } } }] = spec.containers;
  const settings = await readFile(join(root, 'infra/kubernetes/base/app.env'), 'utf8');
  const drainMs = Number(/^DRAIN_DEADLINE_MS=(\d+)$/m.exec(settings)?.[1]);
  const longest = lifecycle.preStop.sleep.seconds + drainMs / 1000;
  expect(longest).toBeGreaterThan(16);
  expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(longest);
});

test('an idle connection of nginx ends before an instance would end it, in operation and in a drain', async () => {
  const nginx = await readFile(join(root, 'infra/nginx/upstream-settings.conf'), 'utf8');
  const idleMs = 1000 * Number(/^keepalive_timeout (\d+)s;$/m.exec(nginx)?.[1]);
  const settings = await readFile(join(root, 'infra/kubernetes/base/app.env'), 'utf8');
  const server = await readFile(join(root, 'services/app/src/http/server.ts'), 'utf8');
  expect(idleMs).toBeGreaterThan(0);
  expect(Number(/^DRAIN_IDLE_MS=(\d+)$/m.exec(settings)?.[1])).toBeGreaterThan(idleMs);
  expect(Number(/keepAliveTimeout: ([\d_]+)/.exec(server)?.[1]?.replaceAll('_', ''))).toBeGreaterThan(idleMs);
});

test('the images are those of .env', async () => {
  const images = new Set(containersOf(await built('demo')).map(({ image }) => image));
  const official = await Promise.all(['NGINX', 'REDIS', 'POSTGRES'].map(officialImage));
  expect([...images].sort()).toEqual([...official, 'express-sessions-at-scale/app:latest'].sort());
});

test('every file of infra/nginx that nginx reads in Compose is in a ConfigMap, and mounted', async () => {
  const resources = await built('demo');
  const mounted = JSON.stringify(
    resources.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'nginx'),
  );
  const files = (await readdir(join(root, 'infra/nginx'))).filter((name) =>
    /\.conf$|^without-queries$/.test(name),
  );
  for (const file of files) expect(mounted).toContain(`"path":"site/${file}"`);
  for (const template of await readdir(join(root, 'infra/nginx/templates'))) {
    expect(mounted).toContain(`"path":"site/templates/${template}"`);
  }
});

test('an instance gets the settings that Compose gives it, but for those that say where it runs', async () => {
  const compose = z
    .object({ services: z.object({ app: z.object({ environment: z.record(z.string(), z.unknown()) }) }) })
    .parse(parse(await readFile(join(root, 'docker-compose.yml'), 'utf8'), { merge: true }));
  const inCompose = Object.keys(compose.services.app.environment);
  const settings = await readFile(join(root, 'infra/kubernetes/base/app.env'), 'utf8');
  const text = settings + JSON.stringify(await built('demo'));
  const otherwise = [
    'INSTANCE_NAME_FROM', // the pod's name
    'LOG_FORMAT', // programs read the logs of a cluster
    'LOG_LEVEL', // the default
    ...inCompose.filter((name) => name.startsWith('THROTTLE_')), // the defaults
  ];
  expect(inCompose.filter((name) => !text.includes(name) && !otherwise.includes(name))).toEqual([]);
});
