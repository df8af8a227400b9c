// What people get while Redis is frozen for twenty seconds, and why a pod's readiness gives it a minute: /readyz asks Redis, which
// is away for all instances at once. See docs/decisions/readiness-and-shared-parts.md.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { signalPod } from '../../services/lab/src/fleet/kubernetes/pod-processes.ts';
import { startSteadyTraffic } from '../support/steady-traffic.ts';
import { ClusterDeployment, named, ofInstances } from './cluster-deployment.ts';

jest.setTimeout(400_000);
const frozenMs = 20_000;

let deployment: ClusterDeployment;
beforeAll(async () => {
  deployment = await ClusterDeployment.start({
    // So that it can be frozen from within.
    patches: [
      {
        ...named('apps/v1', 'StatefulSet', 'redis'),
        spec: { template: { spec: { shareProcessNamespace: true } } },
      },
    ],
  });
}, 400_000);
afterAll(async () => {
  await deployment?.[Symbol.asyncDispose]();
}, 120_000);

async function whileRedisIsFrozen() {
  await using traffic = await startSteadyTraffic(deployment.baseUrl);
  await sleep(2_000);
  await signalPod(deployment.namespace, 'redis-0', 'redis', 'STOP');
  await sleep(frozenMs);
  const returnedAtMs = Date.now();
  await signalPod(deployment.namespace, 'redis-0', 'redis', 'CONT');
  await sleep(15_000);
  const { failures, failed, loggedOut } = await traffic.stop();
  const count = (words: RegExp) =>
    Object.entries(failures).reduce((sum, [cause, times]) => sum + (words.test(cause) ? times : 0), 0);
  const lastFailedAtMs = Math.max(...failed.map((line) => Date.parse(line.slice(0, 24))));
  const figures = {
    loggedOut,
    byAnInstance: count(/503 by an instance/),
    byTheProxy: count(/by the proxy/),
    other: count(/no answer|: 5(?!03)/),
    secondsAfterItsReturn: Number(((lastFailedAtMs - returnedAtMs) / 1000).toFixed(1)),
  };
  console.log(JSON.stringify(figures));
  return figures;
}

test('all are told by an instance to come again, nobody is logged out, and all is well two seconds after its return', async () => {
  const figures = await whileRedisIsFrozen();
  expect(figures).toMatchObject({ loggedOut: 0, byTheProxy: 0, other: 0 });
  expect(figures.byAnInstance).toBeGreaterThan(1_000);
  expect(figures.secondsAfterItsReturn).toBeLessThan(2);
});

test('with Kubernetes’ usual three failures no instance is left, and it takes longer until they are back', async () => {
  const readinessProbe = { failureThreshold: 3 };
  await deployment.apply([ofInstances({ containers: [{ name: 'app', readinessProbe }] })]);
  await deployment.kubectl('rollout', 'status', 'deployment/app', '--timeout=150s');
  await deployment.pods.settle('app', 2, 60_000);
  await deployment.untilUsed();
  const figures = await whileRedisIsFrozen();
  expect(figures).toMatchObject({ loggedOut: 0 });
  expect(figures.byTheProxy).toBeGreaterThan(500);
  expect(figures.secondsAfterItsReturn).toBeGreaterThan(1);
});
