// That nobody notices when instances come and go, by the commands of docs/production.md. The long form: `npm run soak`.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { HttpClient } from '../../services/lab/src/users/http-client.ts';
import { survivalOf } from '../../services/lab/src/users/survival.ts';
import { type SteadyReport, startSteadyTraffic } from '../support/steady-traffic.ts';
import { whoAnswers } from '../support/traffic.ts';
import { until } from '../support/wait.ts';
import { Deployment } from './deployment.ts';

const run = promisify(execFile);
// Each starts instances and waits until others have drained.
jest.setTimeout(300_000);

let deployment: Deployment;
let client: HttpClient;
beforeAll(async () => {
  deployment = await Deployment.start({ instances: 2, overlays: ['tests/containers/many-users.yml'] });
  client = new HttpClient(deployment.baseUrl);
}, 300_000);
afterAll(async () => {
  await client?.[Symbol.asyncDispose]();
  await deployment?.[Symbol.asyncDispose]();
}, 60_000);

/** 40 people who are logged in send 200 requests a second meanwhile. None may fail, nobody may be logged out. */
async function whilePeopleAreThere(changes: () => Promise<unknown>): Promise<SteadyReport> {
  await using traffic = await startSteadyTraffic(deployment.baseUrl);
  await changes();
  const instances = await deployment.instances();
  const report = await traffic.stop();
  // Only now: other requests would disturb the round robin, by which each user gets an answer of every instance.
  const survival = await survivalOf(traffic.users, instances);
  const whatNginxSays = report.failed.length === 0 ? [] : await deployment.nginxErrors();
  expect({ ...report, whatNginxSays, ...survival }).toMatchObject({
    ...{ failures: {}, failed: [], whatNginxSays: [], loggedOut: 0 },
    ...{ stillLoggedIn: traffic.users.length, instancesAsked: instances.length },
  });
  expect(report.gets).toBeGreaterThan(100);
  expect(report.posts).toBeGreaterThan(30);
  return report;
}

describe('nobody notices', () => {
  test('that instances are added, one is stopped, and others are removed', async () => {
    await whilePeopleAreThere(async () => {
      await deployment.scaleTo(6);
      await deployment.remove((await deployment.instances())[0]);
      await deployment.scaleTo(2);
    });
  });

  test('a deploy', async () => {
    const former = await deployment.instances();
    await whilePeopleAreThere(() => deployment.operate('deploy'));
    const instances = await deployment.instances();
    expect(instances).toHaveLength(former.length);
    expect(instances.filter((name) => former.includes(name))).toEqual([]);
  });

  test('that the image is built again without a change, and `docker compose up` is typed once more', async () => {
    const former = await deployment.containers('app');
    await whilePeopleAreThere(async () => {
      await deployment.compose('build');
      await deployment.compose('up', '--detach', '--wait', '--scale', `app=${former.length}`, 'app');
    });
    expect(await deployment.containers('app')).toEqual(former);
  });

  test('that discovery ends, starts again at another address, and that instances come afterwards', async () => {
    const [discovery = ''] = await deployment.containers('discovery');
    await whilePeopleAreThere(async () => {
      await deployment.docker('kill', discovery);
      // Longer than nginx waits for an answer, several times.
      await new Promise((resolve) => setTimeout(resolve, 8_000));
      // Whoever comes next takes the address that has become free.
      await deployment.scaleTo(3);
      await deployment.docker('start', discovery);
      await until(
        'the new instance gets its share',
        async () => Object.keys(await whoAnswers(deployment.baseUrl, 30)).length === 3,
        30_000,
      );
      await deployment.scaleTo(2);
    });
  });
});

describe('a deploy of a version that does not get ready', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'deploy-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Replaces the instances by those with these settings. @returns what it said and its exit code */
  async function replaceWith(environment: Readonly<Record<string, string>>, readySeconds: number) {
    const overlay = join(folder, 'version.json');
    await writeFile(overlay, JSON.stringify({ services: { app: { environment } } }));
    const environmentOfCommand = { READY_SECONDS: String(readySeconds) };
    const error: unknown = await deployment
      .operation('replace-instances', { environment: environmentOfCommand, overlays: [overlay] })
      .then(
        () => new Error('it should have failed'),
        (reason: unknown) => reason,
      );
    if (typeof error !== 'object' || error === null || !('code' in error && 'stderr' in error)) throw error;
    return { code: error.code, said: String(error.stderr).trim().split('\n').at(-1) ?? '' };
  }

  test.each([
    [
      'ends at once',
      { SESSION_SECRET_FILE: '/nothing' },
      /ends when it is started: SESSION_SECRET: expected the file \/nothing/,
    ],
    [
      'never says that it is ready',
      { DATABASE_URL_FILE: '', DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' },
      /not get ready within 25 s/,
    ],
  ])('%s: those of before go on, and nothing of it is left', async (_, environment, reason) => {
    const former = await deployment.instances();
    await whilePeopleAreThere(async () => {
      const { code, said } = await replaceWith(environment, 25);
      expect([code, said]).toEqual([1, expect.stringMatching(reason)]);
    });
    expect(await deployment.instances()).toEqual(former);
    const all = await deployment.compose('ps', '--all', '--quiet', 'app');
    expect(all.trim().split('\n')).toHaveLength(former.length);
  });
});

test('replace-instances goes on where it was killed', async () => {
  const former = await deployment.instances();
  await whilePeopleAreThere(async () => {
    const killed = deployment.operation('replace-instances');
    const outcome = expect(killed).rejects.toMatchObject({ signal: 'SIGKILL' });
    await until('new ones are there', async () => (await deployment.instances()).length === 4, 60_000);
    killed.child.kill('SIGKILL');
    await outcome;
    await deployment.operate('replace-instances');
  });
  const instances = await deployment.instances();
  expect(instances).toHaveLength(2);
  expect(instances.filter((name) => former.includes(name))).toEqual([]);
});

test('the image is built for one service alone: Compose gives each service that builds it another one of that name', async () => {
  const { services } = JSON.parse(await deployment.compose('config', '--format', 'json'));
  const building = Object.keys(services).filter((name) => services[name].build !== undefined);
  expect(building).toEqual(['app']);
});

test('both commands refuse what they do not know', async () => {
  for (const program of ['deploy', 'replace-instances']) {
    await expect(run(`infra/compose/${program}`, ['--fast'])).rejects.toMatchObject({
      code: 64,
      stderr: expect.stringContaining(`infra/compose/${program}`),
    });
  }
});
