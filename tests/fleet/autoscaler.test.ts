// The autoscaler on a real fleet: real instances come and go, and nobody who is logged in notices.

import { expect, test } from '@jest/globals';
import { Autoscaler } from '../../services/lab/src/autoscaler/autoscaler.ts';
import { startProcessFleet } from '../../services/lab/src/fleet/processes/start-process-fleet.ts';
import { HttpClient } from '../../services/lab/src/users/http-client.ts';
import { askEveryInstance } from '../../services/lab/src/users/survival.ts';
import { signUpUsers } from '../../services/lab/src/users/user.ts';
import { until } from '../support/wait.ts';

const followingMs = 40_000;

test('an autoscaler follows a load up and down, and leaves one instance that knows everybody', async () => {
  await using fleet = await startProcessFleet({ strategy: 'redis', instances: 1 });
  await using client = new HttpClient(fleet.baseUrl);
  const users = await signUpUsers(client, 3);

  let load = 10;
  await using autoscaler = new Autoscaler({
    fleet,
    metric: (instances) => load / instances,
    ...{ target: 10, min: 1, max: 3, scaleDownWindowSeconds: 1, everyMs: 100 },
  });
  const count = async () => (await fleet.instances()).length;
  load = 19;
  await until('two instances', async () => (await count()) === 2, followingMs);
  load = 90;
  await until('three instances, and no more', async () => (await count()) === 3, followingMs);
  load = 5;
  await until('one instance', async () => (await count()) === 1, followingMs);

  const steps = await autoscaler.stop();
  expect(steps.filter((s) => s.desired !== s.instances).map((s) => s.desired)).toEqual([2, 3, 1]);
  const left = (await fleet.instances()).map(({ name }) => name);
  expect(left).toEqual(['app-1']);
  for (const user of users) expect([...(await askEveryInstance(user, left)).knownBy]).toEqual(left);
}, 150_000);
