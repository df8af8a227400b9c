// A node fails, and nobody is told: who notices, and for how long. On the cluster of infra/kubernetes-engine, because the plug of a
// node has to be pulled; its silence is noticed after 20 s (infra/kubernetes-engine/timings), and after 50 s by default.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { root } from '../../services/lab/src/fleet/compose/images.ts';
import { eventually } from '../../services/lab/src/fleet/eventually.ts';
import { engineFolder } from '../../services/lab/src/fleet/kubernetes/cluster.ts';
import { survivalOf } from '../../services/lab/src/users/survival.ts';
import { startSteadyTraffic } from '../support/steady-traffic.ts';
import { ClusterDeployment, named, ofInstances, type Patch } from './cluster-deployment.ts';

jest.setTimeout(400_000);

const isUp = existsSync(`${engineFolder}/run/processes`);
if (!isUp) console.log('SKIPPED: the loss of a node. It takes a cluster of infra/kubernetes-engine.');

/** So that what is lost with the node are instances and a proxy, and not the one Redis that there is. */
const nodeOfTheStores = 'node1';
const onOneNode = (store: string): Patch => ({
  ...named('apps/v1', 'StatefulSet', store),
  spec: { template: { spec: { nodeSelector: { 'kubernetes.io/hostname': nodeOfTheStores } } } },
});
/** By node-monitor-grace-period. */
const graceSeconds = 20;

async function power(state: 'on' | 'off', node: string): Promise<void> {
  await promisify(execFile)(`${root}/infra/kubernetes-engine/power`, [state, node.replace('node', '')]);
}

(isUp ? describe : describe.skip)('a node fails', () => {
  let deployment: ClusterDeployment;
  beforeAll(async () => {
    deployment = await ClusterDeployment.start({ patches: [onOneNode('redis'), onOneNode('postgres')] });
  }, 400_000);
  afterAll(async () => {
    await deployment?.[Symbol.asyncDispose]();
  }, 120_000);

  const nodeOf = (pod: string) =>
    deployment.kubectl('get', 'pod', pod, '--output', 'jsonpath={.spec.nodeName}');
  const secondsSince = (ms: number) => Number(((performance.now() - ms) / 1000).toFixed(1));

  test('for as long as nobody has noticed, part of what people ask for is lost; nobody is logged out', async () => {
    await deployment.scaleTo(3); // one on each node
    const [lost = ''] = (await Promise.all(deployment.instances().map(nodeOf))).filter(
      (node) => node !== nodeOfTheStores,
    );
    await using traffic = await startSteadyTraffic(deployment.baseUrl);
    const former = deployment.instances();
    const offAtMs = performance.now();
    const offAt = Date.now();
    let noticedAfter: number;
    let replacedAfter: number;
    try {
      await power('off', lost);
      await eventually(
        `${lost} counts as lost`,
        async () =>
          (await deployment.kubectl(
            ...['get', 'node', lost, '--output'],
            'jsonpath={.status.conditions[?(@.type=="Ready")].status}',
          )) === 'Unknown',
        { deadlineMs: 90_000, everyMs: 200 },
      );
      noticedAfter = secondsSince(offAtMs);
      await eventually(
        'a new instance is ready in the place of the lost one',
        () => deployment.instances().filter((name) => !former.includes(name)).length > 0,
        { deadlineMs: 90_000, everyMs: 100, details: () => deployment.pods.describe() },
      );
      replacedAfter = secondsSince(offAtMs);
      await deployment.untilUsed();
    } finally {
      await power('on', lost);
    }
    const { failures, failed, loggedOut, gets, posts, slowestMs } = await traffic.stop();
    const lastFailure = Math.max(0, ...failed.map((line) => Date.parse(line.slice(0, 24)) - offAt)) / 1000;
    console.log(
      JSON.stringify({
        ...{ noticedAfter, replacedAfter, lastFailure, requests: gets + posts, failed: failed.length },
        ...{ failures, slowestMs },
      }),
    );
    expect(loggedOut).toBe(0);
    expect((await survivalOf(traffic.users, deployment.instances())).stillLoggedIn).toBe(
      traffic.users.length,
    );
    expect(noticedAfter).toBeGreaterThan(graceSeconds / 2);
    expect(noticedAfter).toBeLessThan(graceSeconds + 15);
    // Five seconds after it was noticed the pods are given up (tolerationSeconds), and a start takes some more.
    expect(replacedAfter - noticedAfter).toBeLessThan(60);
    // Whatever is lost is lost before that: nginx notices a dead instance by itself, and the others a dead nginx with its node.
    expect(lastFailure).toBeLessThan(replacedAfter);
  });

  test('whose instances are given up after five seconds, and not after Kubernetes’ 300', async () => {
    const seconds = async () =>
      await deployment.kubectl(
        ...['get', 'pods', '--selector', 'app.kubernetes.io/name=app', '--output'],
        'jsonpath={.items[0].spec.tolerations[?(@.effect=="NoExecute")].tolerationSeconds}',
      );
    expect((await seconds()).trim()).toBe('5 5');
    await deployment.apply([ofInstances({ tolerations: null })]);
    await deployment.kubectl('rollout', 'status', 'deployment/app', '--timeout=150s');
    await deployment.pods.settle('app', 2, 60_000);
    expect((await seconds()).trim()).toBe('300 300');
  });
});
