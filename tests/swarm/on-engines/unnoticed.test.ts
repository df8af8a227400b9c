// What people who are logged in notice of a Docker Swarm's work: nothing, as long as no machine dies.

import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { eventually } from '../../../services/lab/src/fleet/eventually.ts';
import { survivalOf } from '../../../services/lab/src/users/survival.ts';
import { type SteadyReport, startSteadyTraffic } from '../../support/steady-traffic.ts';
import { nextImage, SwarmDeployment } from './swarm-deployment.ts';

jest.setTimeout(300_000);

let deployment: SwarmDeployment;
beforeAll(async () => {
  deployment = await SwarmDeployment.start();
}, 600_000);
afterAll(async () => {
  await deployment?.[Symbol.asyncDispose]();
}, 120_000);

/** 40 people who are logged in send 200 requests a second meanwhile. */
async function whilePeopleAreThere(
  what: string,
  changes: (soFar: () => SteadyReport) => Promise<unknown>,
): Promise<SteadyReport> {
  await using traffic = await startSteadyTraffic(deployment.baseUrl);
  const startMs = performance.now();
  await changes(traffic.report);
  const report = await traffic.stop();
  const seconds = Math.round((performance.now() - startMs) / 1000);
  await deployment.untilUsed();
  const { stillLoggedIn } = await survivalOf(traffic.users, await deployment.instances());
  const { failed, ...figures } = report;
  console.log(`${what}, ${seconds} s: ${JSON.stringify({ ...figures, failed: failed.length })}`);
  // Whatever else people notice: nobody is logged out.
  expect({ loggedOut: report.loggedOut, stillLoggedIn }).toEqual({
    loggedOut: 0,
    stillLoggedIn: traffic.users.length,
  });
  return report;
}

const nothingFailed = { failures: {}, failed: [] };
const update = (...args: readonly string[]) =>
  deployment.docker('service', 'update', '--detach', '--no-resolve-image', ...args, 'sessions_app');

test('the same deploy once more replaces no server, and runs the preparations again', async () => {
  const servers = () =>
    Promise.all(['postgres', 'redis', 'app', 'nginx'].map((service) => deployment.tasks(service)));
  const preparations = async () => {
    const tasks = await Promise.all(['migrate', 'prepare-redis'].map((service) => deployment.tasks(service)));
    return tasks.map((ofOne) => ofOne.filter(({ current }) => current === 'complete').length);
  };
  const before = { servers: await servers(), preparations: await preparations() };
  await deployment.deploy();
  expect({ servers: await servers(), preparations: await preparations() }).toEqual({
    servers: before.servers,
    preparations: before.preparations.map((count) => count + 1),
  });
});

test('nobody notices that instances are added and removed', async () => {
  const report = await whilePeopleAreThere('scaled 2, 6, 2', async () => {
    await deployment.scaleTo(6);
    await deployment.scaleTo(2);
  });
  expect(report).toMatchObject(nothingFailed);
});

test('nobody notices a release', async () => {
  const former = await deployment.instances();
  const report = await whilePeopleAreThere('a release', async () => {
    await update('--image', nextImage);
    await updateIs('completed');
    await deployment.settle(2);
  });
  expect(report).toMatchObject(nothingFailed);
  expect((await deployment.instances()).filter((name) => former.includes(name))).toEqual([]);
});

test('nobody notices a release that does not start: Swarm takes it back by itself', async () => {
  const former = await deployment.instances();
  const report = await whilePeopleAreThere('a release that does not start', async () => {
    await update('--env-add', 'SESSION_SECRET_FILE=/none');
    await updateIs('rollback_completed');
    await deployment.settle(2);
  });
  expect(report).toMatchObject(nothingFailed);
  const still = (await deployment.instances()).filter((name) => former.includes(name));
  expect(still.length).toBeGreaterThan(0);
});

test('an outage of Redis ends no instance: people get 503 and stay logged in', async () => {
  const former = await deployment.instances();
  const report = await whilePeopleAreThere('an outage of Redis', async () => {
    await deployment.docker('service', 'scale', '--detach', 'sessions_redis=0');
    const since = new Date();
    // Three checks in a row that fail would end an instance (stack.yml).
    await eventually(
      'every instance was asked four times since',
      async () => {
        const checks = await deployment.checksSince(since);
        return checks.length === former.length && checks.every((count) => count >= 4);
      },
      { deadlineMs: 90_000, everyMs: 1_000 },
    );
    await deployment.docker('service', 'scale', '--detach', 'sessions_redis=1');
    await eventually(
      'Redis is back',
      async () => {
        const tasks = await deployment.tasks('redis');
        return tasks.some(({ desired, current }) => desired === 'running' && current === 'running');
      },
      { deadlineMs: 60_000, everyMs: 250 },
    );
    await deployment.untilUsed();
  });
  expect(Object.keys(report.failures).filter((cause) => !cause.includes(': 503 by an instance'))).toEqual([]);
  expect(report.failed.length).toBeGreaterThan(0);
  expect(await deployment.instances()).toEqual(former);
});

test('when a node dies nobody is logged out, and only what its instances were about to answer fails', async () => {
  await deployment.scaleTo(6);
  const node = 'node3';
  const report = await whilePeopleAreThere('a node killed', async () => {
    await deployment.killNode(node);
    await deployment.settle(6, { dead: node });
  });
  // nginx asks another instance, except for a POST that was already sent: the dead one may have acted on it. That can be one
  // for each connection that was open to the dead ones; 40 people have no more than 40 to all six.
  expect(report.failed.length).toBeLessThanOrEqual(Math.ceil((40 * 2) / 6));
  const expected = ['POST: 504 by the proxy', 'POST: 502 by the proxy'];
  const others = Object.keys(report.failures).filter(
    (cause) => !expected.some((one) => cause.startsWith(one)),
  );
  expect(others).toEqual([]);
});

async function updateIs(state: string): Promise<void> {
  let last = '';
  await eventually(
    `the update is ${state}`,
    async () => {
      const format = '{{if .UpdateStatus}}{{.UpdateStatus.State}}{{end}}';
      last = (await deployment.docker('service', 'inspect', '--format', format, 'sessions_app')).trim();
      return last === state;
    },
    { deadlineMs: 150_000, everyMs: 250, details: () => `It is ${last}.` },
  );
}
