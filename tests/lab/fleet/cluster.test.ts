// Which cluster a fleet on Kubernetes takes, and how it gets its images there and is reached. Without a cluster: kubectl is a
// program of the test's that knows the contexts of a file.

import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { demandCluster } from '../../../services/lab/src/fleet/kubernetes/cluster.ts';
import { relayPort } from '../../../services/lab/src/fleet/kubernetes/entrance.ts';
import { commandFor } from '../../../services/lab/src/fleet/kubernetes/load-images.ts';
import { freePort } from '../../../services/lab/src/supervision/free-port.ts';

describe('a cluster', () => {
  let folder: string;
  const before = { ...process.env };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cluster-'));
    // What is asked of it: the current context, where its cluster is, and the version of the server.
    const kubectl = `#!/bin/sh
case "$*" in
  *current-context*) echo "$TEST_CONTEXT" ;;
  *clusters*) echo "$TEST_SERVER" ;;
  *version*) [ "$TEST_SERVER" != https://127.0.0.1:1 ] && echo '{"serverVersion":{"gitVersion":"v1.36.3"}}' ;;
esac
`;
    await writeFile(join(folder, 'kubectl'), kubectl);
    await chmod(join(folder, 'kubectl'), 0o755);
    await writeFile(join(folder, 'config'), '');
    process.env.PATH = `${folder}:${before.PATH}`;
    process.env.KUBECONFIG = join(folder, 'config');
  });
  afterAll(async () => {
    for (const name of ['PATH', 'KUBECONFIG', 'TEST_CONTEXT', 'TEST_SERVER']) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
    await rm(folder, { recursive: true });
  });
  const current = (context: string, server: string) => {
    process.env.TEST_CONTEXT = context;
    process.env.TEST_SERVER = server;
  };

  test('on this machine is taken when kubectl has it as its current one', async () => {
    current('kind-kind', 'https://127.0.0.1:6443');
    expect(await demandCluster()).toMatchObject({ context: 'kind-kind', version: '1.36.3' });
  });

  test('elsewhere is refused, unless it is named', async () => {
    current('production', 'https://203.0.113.9:6443');
    await expect(demandCluster()).rejects.toThrow(
      /not on this machine but at 203\.0\.113\.9.*--context production/,
    );
    expect(await demandCluster('production')).toMatchObject({ context: 'production' });
  });

  test('that does not answer is told as such', async () => {
    current('minikube', 'https://127.0.0.1:1');
    await expect(demandCluster()).rejects.toThrow('The cluster of the context minikube does not answer.');
  });

  test('is asked for when kubectl has no current context', async () => {
    current('', '');
    await expect(demandCluster()).rejects.toThrow(/name one with --context/);
  });
});

test.each([
  ['kind-kind', 'kind load docker-image --name kind app:1'],
  ['kind-my-cluster', 'kind load docker-image --name my-cluster app:1'],
  ['k3d-shop', 'k3d image import --cluster shop app:1'],
  ['minikube', 'minikube image load app:1'],
  ['kubernetes-engine', 'infra/kubernetes-engine/load app:1'],
  ['arn:aws:eks:eu-west-1:1:cluster/shop', undefined],
])('how an image gets to the nodes of %s', (context, command) => {
  const found = commandFor(context, ['app:1'])?.join(' ');
  if (command === undefined) expect(found).toBeUndefined();
  else expect(found?.endsWith(command)).toBe(true);
});

test('a port that is led to another one answers as that does, until it is closed', async () => {
  const server = createServer((_, res) => res.end('there')).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port: target } = server.address() as AddressInfo;
  const port = await freePort();
  const answer = async () => (await fetch(`http://127.0.0.1:${port}/`)).text();
  {
    await using _ = await relayPort(port, target);
    expect(await Promise.all([answer(), answer(), answer()])).toEqual(['there', 'there', 'there']);
  }
  await expect(answer()).rejects.toThrow();
  server.close();
});
