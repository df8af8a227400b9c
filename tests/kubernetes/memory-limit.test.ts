// What a pod's limit of memory means for sessions: with those in its memory the kernel ends the instance (OOMKilled), and all
// are gone; with those in Redis it lives. V8's own limit, which ends an instance earlier, is the experiment memory-limit.

import { expect, jest, test } from '@jest/globals';
import { HttpClient } from '../../services/lab/src/users/http-client.ts';
import { signUpUsers } from '../../services/lab/src/users/user.ts';
import { ClusterDeployment, named, ofInstances } from './cluster-deployment.ts';

jest.setTimeout(400_000);

/** An instance with nothing to do has 70 MiB. */
const limitMiB = 128;
/** Of some 11 KB each in an instance's memory: more than fit by far. */
const enough = 9_000;
const atOnce = 24;
const lines = 50;
/** The largest session that the app allows a guest who may have so many lines: some 4 KB of JSON. */
const fullCart = Array.from({ length: lines }, (_, n) => ({
  sku: `article-${n}-`.padEnd(64, 'x'),
  quantity: 1,
}));

async function fill(strategy: string) {
  await using deployment = await ClusterDeployment.start({
    strategy,
    settings: { GUEST_CART_LINES: String(lines), THROTTLE_GUESTS_PER_ADDRESS: '1000000' },
    patches: [
      { ...named('apps/v1', 'Deployment', 'app'), spec: { replicas: 1 } },
      ofInstances({
        containers: [
          {
            name: 'app',
            // V8 would end by itself before it reaches the pod's limit, and puts garbage off while it has room.
            command: [
              'node',
              '--max-old-space-size=1024',
              '--max-semi-space-size=2',
              'services/app/src/main.ts',
            ],
            resources: { requests: { memory: `${limitMiB}Mi` }, limits: { memory: `${limitMiB}Mi` } },
          },
        ],
      }),
    ],
  });
  const [name = ''] = deployment.instances();
  await using client = new HttpClient(deployment.baseUrl);
  const [user] = await signUpUsers(client, 1);
  let stored = 0;
  let ended = false;
  const stop = deployment.pods.onChange((pod) => {
    ended ||= pod.name === name && (pod.restarts > 0 || pod.exitCode !== undefined);
  });
  const guest = async () => {
    while (!ended && stored < enough) {
      const answer = await client.send({ method: 'POST', path: '/api/v1/cart/items', json: fullCart });
      if (answer.status === 200) stored++;
      // Anything else is an instance that is ending.
      else expect([0, 502, 503, 504]).toContain(answer.status);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, guest));
  stop();
  if (ended) await deployment.pods.settle('app', 1, 60_000);
  await deployment.untilUsed();
  const status = 'jsonpath={.status.containerStatuses[0].lastState.terminated.reason}';
  const reason = await deployment.kubectl('get', 'pod', name, '--output', status);
  const answer = await user?.me();
  const figures = { stored, reason, isKnown: answer !== undefined && user?.isKnownIn(answer) };
  console.log(JSON.stringify({ strategy, ...figures }));
  return figures;
}

test('with sessions in its memory the kernel ends the instance, and nobody is logged in any more', async () => {
  const figures = await fill('memory');
  expect(figures).toMatchObject({ reason: 'OOMKilled', isKnown: false });
  expect(figures.stored).toBeLessThan(enough);
});

test('with sessions in Redis it lives, however many there are', async () => {
  expect(await fill('redis')).toEqual({ stored: expect.any(Number), reason: '', isKnown: true });
});
