// What `kubectl apply -k` takes: that every overlay is built, that this cluster's API server accepts it, and that it is the
// deployment of docker-compose.yml.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { officialImage, root } from '../../services/lab/src/fleet/compose/images.ts';
import { type Cluster, demandCluster } from '../../services/lab/src/fleet/kubernetes/cluster.ts';

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

let cluster: Cluster;
const namespace = 'manifests-test';
beforeAll(async () => {
  cluster = await demandCluster();
  await cluster.kubectl.run(['create', 'namespace', namespace]);
});
afterAll(async () => {
  await cluster.kubectl.run(['delete', 'namespace', namespace, '--wait=false']);
});

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
