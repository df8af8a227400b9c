// That nobody notices when instances come and go on a cluster, and which settings that is owed to: each of them is taken away,
// and then people do notice.

import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { survivalOf } from '../../services/lab/src/users/survival.ts';
import { type SteadyReport, startSteadyTraffic } from '../support/steady-traffic.ts';
import { ClusterDeployment, named, ofInstances, type Patch } from './cluster-deployment.ts';

jest.setTimeout(400_000);

let deployment: ClusterDeployment;
beforeAll(async () => {
  deployment = await ClusterDeployment.start();
}, 400_000);
afterAll(async () => {
  await deployment?.[Symbol.asyncDispose]();
}, 120_000);

const rollout = async (...patches: Patch[]) => {
  await deployment.apply(patches);
  await deployment.kubectl('rollout', 'status', 'deployment/app', '--timeout=150s');
};
async function restart(): Promise<void> {
  await deployment.kubectl('rollout', 'restart', 'deployment/app');
  await deployment.kubectl('rollout', 'status', 'deployment/app', '--timeout=150s');
  await allHaveEnded();
}
/** The old ones drain when the new ones are ready. */
async function allHaveEnded(): Promise<void> {
  await deployment.pods.settle('app', 2, 60_000);
}

/** 40 people who are logged in send 200 requests a second meanwhile. */
async function whilePeopleAreThere(
  changes: (soFar: () => SteadyReport) => Promise<unknown>,
): Promise<SteadyReport> {
  await using traffic = await startSteadyTraffic(deployment.baseUrl);
  await changes(traffic.report);
  const report = await traffic.stop();
  await deployment.untilUsed();
  const { stillLoggedIn } = await survivalOf(traffic.users, deployment.instances());
  // Whatever else people notice: nobody is logged out.
  expect({ loggedOut: report.loggedOut, stillLoggedIn }).toEqual({
    loggedOut: 0,
    stillLoggedIn: traffic.users.length,
  });
  return report;
}

const nothingFailed = { failures: {}, failed: [] };

/** Brings both instances to one node, and empties it. @returns also how few instances were ready at the worst moment */
async function whileTheirNodeIsEmptied(): Promise<{ report: SteadyReport; fewest: number }> {
  const names = await deployment.kubectl('get', 'nodes', '--output', 'jsonpath={.items[*].metadata.name}');
  const [node = '', ...others] = names.trim().split(' ');
  let fewest = 2;
  try {
    await deployment.kubectl('cordon', ...others);
    await restart();
    await deployment.kubectl('uncordon', ...others);
    await deployment.untilUsed();
    const former = deployment.instances();
    const report = await whilePeopleAreThere(async () => {
      const stop = deployment.pods.onChange(() => {
        fewest = Math.min(fewest, deployment.instances().length);
      });
      // Redis and Postgres are one each, so they stay.
      const those = ['--pod-selector', 'app.kubernetes.io/name in (app, nginx)'];
      await deployment.kubectl('drain', node, ...those, '--delete-emptydir-data', '--timeout=150s');
      await allHaveEnded();
      await deployment.pods.settle('nginx', 2, 60_000);
      stop();
    });
    expect(deployment.instances().filter((name) => former.includes(name))).toEqual([]);
    return { report, fewest };
  } finally {
    await deployment.kubectl('uncordon', node, ...others);
  }
}

describe('nobody notices', () => {
  test('that instances are added and removed', async () => {
    const report = await whilePeopleAreThere(async () => {
      await deployment.scaleTo(4);
      await deployment.scaleTo(2);
    });
    expect(report).toMatchObject(nothingFailed);
  });

  test('a release', async () => {
    const former = deployment.instances();
    expect(await whilePeopleAreThere(restart)).toMatchObject(nothingFailed);
    expect(deployment.instances().filter((name) => former.includes(name))).toEqual([]);
  });

  test('a release of nginx itself, of which there are two', async () => {
    const report = await whilePeopleAreThere(async () => {
      await deployment.kubectl('rollout', 'restart', 'deployment/nginx');
      await deployment.kubectl('rollout', 'status', 'deployment/nginx', '--timeout=150s');
      await deployment.pods.settle('nginx', 2, 60_000);
    });
    expect(report).toMatchObject(nothingFailed);
  });

  test('a release that does not get ready: it stops, and is taken back', async () => {
    const former = deployment.instances();
    const report = await whilePeopleAreThere(async () => {
      await deployment.apply([
        { ...named('apps/v1', 'Deployment', 'app'), spec: { progressDeadlineSeconds: 20 } },
        ofInstances({
          containers: [{ name: 'app', env: [{ name: 'SESSION_SECRET_FILE', value: '/none' }] }],
        }),
      ]);
      await expect(
        deployment.kubectl('rollout', 'status', 'deployment/app', '--timeout=100s'),
      ).rejects.toThrow(/exceeded its progress deadline/);
      await deployment.kubectl('rollout', 'undo', 'deployment/app');
      await deployment.kubectl('rollout', 'status', 'deployment/app', '--timeout=100s');
      await allHaveEnded();
    });
    expect(report).toMatchObject(nothingFailed);
    expect(deployment.instances()).toEqual(former);
  });

  test('that the node is emptied on which all instances are: the PodDisruptionBudget lets one go at a time', async () => {
    const { report, fewest } = await whileTheirNodeIsEmptied();
    expect(report).toMatchObject(nothingFailed);
    expect(fewest).toBeGreaterThan(0);
  });
});

test('without the PodDisruptionBudget an emptied node takes all its instances with it at once', async () => {
  await deployment.kubectl('delete', 'pdb', 'app');
  try {
    const { report, fewest } = await whileTheirNodeIsEmptied();
    // Those that end are off nginx' list at once, whatever preStop says.
    expect(fewest).toBe(0);
    expect(report.failed.length).toBeGreaterThan(50);
  } finally {
    await rollout();
  }
});

describe('people notice a release', () => {
  afterEach(async () => {
    await rollout();
    await allHaveEnded();
    await deployment.untilUsed();
  });

  test('without preStop: nginx still sends requests to an instance that has closed its port', async () => {
    await rollout(ofInstances({ containers: [{ name: 'app', lifecycle: null }] }));
    await allHaveEnded();
    const report = await whilePeopleAreThere(async (soFar) => {
      // It takes a request in the wrong moment.
      for (let n = 0; n < 8 && soFar().failed.length === 0; n++) await restart();
    });
    expect(report.failed.length).toBeGreaterThan(0);
  });

  test('without the probes of its start and its readiness: an instance gets requests before it listens', async () => {
    const blind = { name: 'app', readinessProbe: null, startupProbe: null };
    await rollout(ofInstances({ containers: [blind] }));
    await allHaveEnded();
    await deployment.untilUsed();
    const report = await whilePeopleAreThere(restart);
    expect(report.failed.length).toBeGreaterThan(50);
  });

  test('without maxUnavailable: 0: there is nobody for as long as a start takes', async () => {
    const strategy = { rollingUpdate: { maxSurge: 0, maxUnavailable: '100%' } };
    await rollout({ ...named('apps/v1', 'Deployment', 'app'), spec: { strategy } });
    const report = await whilePeopleAreThere(restart);
    expect(report.failed.length).toBeGreaterThan(50);
  });
});
