// The deployment that users start with `docker compose up --scale app=3`, as it is.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { startTraffic } from '../../services/lab/src/traffic/traffic.ts';
import { HttpClient } from '../../services/lab/src/users/http-client.ts';
import { survivalOf } from '../../services/lab/src/users/survival.ts';
import { signUpUsers, User } from '../../services/lab/src/users/user.ts';
import { whoAnswers } from '../support/traffic.ts';
import { until } from '../support/wait.ts';
import { Deployment } from './deployment.ts';
import { imageIsHere } from './images.ts';

// Each starts containers or waits for them to drain; on a small machine that takes its time.
jest.setTimeout(120_000);

const testWithK6 = (await imageIsHere('K6', 'k6 inside the Compose network')) ? test : test.skip;

let deployment: Deployment;
let client: HttpClient;

beforeAll(async () => {
  deployment = await Deployment.start({ instances: 3, profiles: ['observability'] });
  client = new HttpClient(deployment.baseUrl);
}, 300_000);
afterAll(async () => {
  await client?.[Symbol.asyncDispose]();
  await deployment?.[Symbol.asyncDispose]();
}, 60_000);

test('a login on one instance is known on another', async () => {
  const user = new User(client);
  await user.signUp();
  const login = await user.logIn();
  const next = await user.me();
  expect(next.servedBy).not.toBe(login.servedBy);
  expect(user.isKnownIn(next)).toBe(true);
});

test('requests are shared exactly evenly', async () => {
  const shares = await whoAnswers(deployment.baseUrl, 60);
  expect(Object.keys(shares).sort()).toEqual((await deployment.instances()).sort());
  expect(Object.values(shares)).toEqual([20, 20, 20]);
});

testWithK6(
  'k6 inside the Compose network finds every login known on the other instances',
  async () => {
    const { exitCode, output } = await deployment.k6('02-cross-instance-login', { DURATION: '6s' });
    expect([exitCode, output]).toEqual([0, expect.stringContaining('cross_instance_session_ok')]);
  },
  120_000,
);

test('a logout on one instance is effective on the others at once', async () => {
  const user = new User(client);
  await user.signUp();
  const cookies = await user.copyCookies();
  const logout = await user.logOut();
  expect(logout.status).toBe(200);
  user.useCookies(cookies);
  for (let n = 0; n < 3; n++) expect((await user.me()).status).toBe(401);
});

describe('without a reload of nginx', () => {
  test('a new instance gets traffic within 5 s of being healthy', async () => {
    const before = await deployment.instances();
    await deployment.scaleTo(4);
    const healthyAt = performance.now();
    const [newcomer = ''] = (await deployment.instances()).filter((name) => !before.includes(name));
    await until(
      'the newcomer answers',
      async () => (await client.send({ method: 'GET', path: '/api/v1/cart' })).servedBy === newcomer,
    );
    expect(performance.now() - healthyAt).toBeLessThan(5_000);
    // A reload would have been told, and would have started other workers.
    expect(await deployment.compose('logs', 'nginx')).not.toMatch(/reconfiguring|signal 1 \(SIGHUP\)/);
  });

  test('scaling 3, 6, 2 under traffic fails no request and logs nobody out', async () => {
    await deployment.scaleTo(3);
    const users = await signUpUsers(client, 10);
    await using traffic = startTraffic(client, users);
    await deployment.scaleTo(6);
    await deployment.scaleTo(2);
    const report = await traffic.stop();
    const whatNginxSays = report.failures.length === 0 ? [] : await deployment.nginxErrors();
    expect({ ...report, whatNginxSays }).toMatchObject({
      whatNginxSays: [],
      failures: [],
      failedGets: 0,
      failedPosts: 0,
      loggedOut: 0,
    });
    expect(report.requests).toBeGreaterThan(100);
    expect(await survivalOf(users, await deployment.instances())).toMatchObject({
      stillLoggedIn: 10,
      instancesAsked: 2,
    });
  });
});

test('docker kill of one instance logs nobody out and fails no GET', async () => {
  await deployment.scaleTo(3);
  const users = await signUpUsers(client, 6);
  const [victim = '', ...others] = await deployment.instances();
  await using traffic = startTraffic(client, users, { guests: 0 });
  await deployment.kill(victim);
  await traffic.answersForEachUser(10, 10_000);
  expect(await traffic.stop()).toMatchObject({ failures: [], loggedOut: 0 });
  // Without traffic, which would disturb the round robin.
  expect(await survivalOf(users, others)).toMatchObject({ stillLoggedIn: 6, instancesAsked: 2 });
});

test('sessions survive a restart of Redis', async () => {
  const user = new User(client);
  await user.signUp();
  const instances = await deployment.instances();
  await deployment.compose('restart', 'redis');
  // Each instance finds Redis again by itself, within a second.
  const knownEverywhere = async () => {
    const { stillLoggedIn, instancesAsked } = await survivalOf([user], instances);
    return stillLoggedIn === 1 && instancesAsked === instances.length;
  };
  await until('the user is known to every instance again', knownEverywhere, 30_000);
});

test('users and sessions survive a restart of Postgres', async () => {
  const user = new User(client);
  await user.signUp();
  await deployment.compose('restart', 'postgres');
  // Who is logged in needs no database at all.
  expect(user.isKnownIn(await user.me())).toBe(true);
  await until('the user can log in again', async () => (await user.logIn()).status === 200, 30_000);
});

describe('rights', () => {
  test('the app’s role in Postgres writes rows and cannot change the schema', async () => {
    const [instance = ''] = await deployment.containers('app');
    const script = `
      const { default: pg } = await import('pg');
      const { readFileSync } = await import('node:fs');
      const client = new pg.Client({ connectionString: readFileSync('/secrets/database-url', 'utf8').trim() });
      await client.connect();
      const ask = (sql) => client.query(sql).then(() => 'done', (error) => error.message);
      console.log(await ask('SELECT count(*) FROM users'));
      console.log(await ask('DROP TABLE users'));
      console.log(await ask('CREATE TABLE mine (n int)'));
      console.log(await ask('DELETE FROM migrations'));
      console.log(await ask('DELETE FROM users'));
      await client.end();`;
    const said = await deployment.docker('exec', instance, 'node', '--input-type=module', '--eval', script);
    expect(said.trim().split('\n')).toEqual([
      'done',
      'must be owner of table users',
      'permission denied for schema public',
      'permission denied for table migrations',
      'permission denied for table users',
    ]);
  });

  test('the app’s user in Redis can run no script of its own, which might never end', async () => {
    const [instance = ''] = await deployment.containers('app');
    const script = `
      const { createClient } = await import('redis');
      const { readFileSync } = await import('node:fs');
      const client = await createClient({ url: readFileSync('/secrets/redis-url', 'utf8').trim() }).connect();
      const ask = (...command) => client.sendCommand(command).then(() => 'done', (error) => error.message.split(' ')[0]);
      console.log(await ask('SET', 'sess:mine', '{}', 'EX', '1'));
      for (const name of ['EVAL', 'EVALSHA', 'FUNCTION|LOAD']) {
        const [command, ...more] = name.split('|');
        console.log(await ask(command, ...more, 'while true do end', '0'));
      }
      client.destroy();`;
    const said = await deployment.docker('exec', instance, 'node', '--input-type=module', '--eval', script);
    expect(said.trim().split('\n')).toEqual(['done', 'NOPERM', 'NOPERM', 'NOPERM']);
  });

  test('without a password Redis tells nothing', async () => {
    const [redis = ''] = await deployment.containers('redis');
    for (const command of [
      ['PING'],
      ['INFO'],
      ['KEYS', '*'],
      ['GET', 'sess:x'],
      ['CONFIG', 'GET', '*'],
      ['FLUSHALL'],
    ]) {
      expect(await deployment.docker('exec', redis, 'redis-cli', ...command)).toContain('NOAUTH');
    }
  });

  test('no container runs as root, keeps a capability or can write to its root file system', async () => {
    for (const service of ['app', 'discovery', 'nginx', 'redis', 'postgres']) {
      const [id = ''] = await deployment.containers(service);
      const script = 'id -u; grep CapEff /proc/self/status; touch /written 2>&1 || true';
      const said = await deployment.docker('exec', id, 'sh', '-c', script);
      expect(said).not.toMatch(/^0$/m);
      expect(said).toMatch(/CapEff:\s*0{16}/);
      expect(said).toMatch(/Read-only file system/);
    }
  });

  test('an instance has no way out of the deployment: there is no route to any address outside', async () => {
    const [instance = ''] = await deployment.containers('app');
    // 192.0.2.1 is in nobody's network (RFC 5737). With a way out, nothing would answer, and the wait would end it.
    const script = `
      const socket = require('node:net').connect({ host: '192.0.2.1', port: 80, timeout: 5000 });
      socket.on('error', ({ code }) => console.log(code));
      socket.on('timeout', () => { console.log('a way out'); socket.destroy(); });`;
    expect((await deployment.docker('exec', instance, 'node', '--eval', script)).trim()).toBe('ENETUNREACH');
  });

  test('of all ports only the baseUrl’s and Prometheus’ are published, and on loopback', async () => {
    const parts = (await deployment.compose('ps', '--format', '{{.Service}} {{.Ports}}')).trim().split('\n');
    expect(parts.filter((part) => part.includes('->')).sort()).toEqual([
      expect.stringMatching(/^nginx (80\/tcp, )?127\.0\.0\.1:\d+->8080\/tcp$/),
      expect.stringMatching(/^prometheus 127\.0\.0\.1:\d+->9090\/tcp$/),
    ]);
  });
});

describe('figures', () => {
  test('are not to be had at the baseUrl', async () => {
    expect((await client.send({ method: 'GET', path: '/metrics' })).status).toBe(404);
  });

  test('are read by Prometheus from every instance', async () => {
    await deployment.scaleTo(3);
    const names = (await deployment.instances()).sort();
    await until(
      'Prometheus has all of them',
      async () => {
        const found = await inPrometheus(
          'count by (served_by) (nodejs_version_info and on (instance) up == 1)',
        );
        const seen = found.map(({ metric }) => metric.served_by);
        return names.every((name) => seen.includes(name));
      },
      40_000,
    );
  });

  test('are there for every curve of the dashboard', async () => {
    const { panels } = JSON.parse(readFileSync('infra/grafana/dashboards/sessions.json', 'utf8'));
    const curves: string[] = panels.flatMap((panel: Panel) => panel.targets.map(({ expr }) => expr));
    expect(curves.length).toBeGreaterThan(panels.length);
    // Every rate needs two readings of something that counts up.
    const users = await signUpUsers(client, 3);
    await using _traffic = startTraffic(client, users);
    for (const curve of curves) {
      const isDrawn = async () => {
        const found = await inPrometheus(curve);
        return found.length > 0 && found.every(({ value }) => Number.isFinite(Number(value[1])));
      };
      await until(`Prometheus knows ${curve}`, isDrawn, 60_000);
    }
  }, 180_000);
});

interface Panel {
  readonly targets: readonly { readonly expr: string }[];
}

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  /** The time, and the figure as text. */
  readonly value: readonly [number, string];
}

async function inPrometheus(expression: string): Promise<readonly Series[]> {
  const address = `http://127.0.0.1:${deployment.port('prometheus', 9090)}/api/v1/query`;
  const answer = await fetch(`${address}?query=${encodeURIComponent(expression)}`);
  return JSON.parse(await answer.text()).data.result;
}
