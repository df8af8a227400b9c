// New secrets for the running deployment, by the commands of docs/production.md, while people read, write and log in.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { startTraffic } from '../../services/lab/src/traffic/traffic.ts';
import { HttpClient } from '../../services/lab/src/users/http-client.ts';
import { survivalOf } from '../../services/lab/src/users/survival.ts';
import { signUpUsers, User } from '../../services/lab/src/users/user.ts';
import { until } from '../support/wait.ts';
import { Deployment } from './deployment.ts';

// Each starts instances and waits until those before them have drained, up to three times.
jest.setTimeout(240_000);

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

async function secret(file: string): Promise<string> {
  return (await deployment.compose('exec', '-T', 'app', 'cat', `/secrets/${file}`)).trim();
}

/** A step on the files alone, as infra/compose/rotate takes it when it is run again. */
function rotateFiles(...step: readonly string[]): Promise<string> {
  return deployment.compose('run', '--rm', '--no-deps', '-T', '--entrypoint', '/rotate', 'secrets', ...step);
}

/**
 * Runs the commands while ten users read, and new users sign up and log in. Nobody may be logged out, no login be lost and
 * no request fail.
 */
async function whilePeopleAreThere(commands: () => Promise<unknown>) {
  const users = await signUpUsers(client, 10);
  const former = await deployment.instances();
  await using traffic = startTraffic(client, users, { guests: 0 });
  const newcomers = startNewcomers();
  try {
    await commands();
  } finally {
    await newcomers.stop();
  }
  const { failures, loggedOut } = await traffic.stop();
  const instances = await deployment.instances();
  expect(instances).toHaveLength(former.length);
  expect(instances.filter((name) => former.includes(name))).toEqual([]);
  const everybody = [...users, ...newcomers.users];
  const isFine = failures.length === 0 && newcomers.failures.length === 0;
  const { stillLoggedIn } = await survivalOf(everybody, instances);
  expect({
    ...{ failures, loggedOut, failuresOfNewcomers: newcomers.failures },
    whatNginxSays: isFine ? [] : await deployment.nginxErrors(),
    stillLoggedIn,
  }).toEqual({
    ...{ failures: [], loggedOut: 0, failuresOfNewcomers: [], whatNginxSays: [] },
    stillLoggedIn: everybody.length,
  });
  expect(newcomers.users.length).toBeGreaterThan(20);
}

/** Somebody signs up and logs in a few times a second. */
function startNewcomers() {
  const users: User[] = [];
  const failures: string[] = [];
  const over = new AbortController();
  const comeOneByOne = async () => {
    while (!over.signal.aborted) {
      const user = new User(client);
      try {
        await user.signUp();
        await user.logIn();
        users.push(user);
      } catch (error) {
        failures.push(String(error));
      }
      await sleep(300);
    }
  };
  const ended = comeOneByOne();
  return {
    users,
    failures,
    stop: () => {
      over.abort();
      return ended;
    },
  };
}

test('a new session secret logs nobody out; removed, the former one is accepted no more', async () => {
  const former = await secret('session-secret');
  await whilePeopleAreThere(() => deployment.operate('rotate', 'session-secret'));
  const [next = '', ...others] = (await secret('session-secret')).split('\n');
  expect(next).toMatch(/^[0-9a-f]{64}$/);
  expect(others).toEqual([former]);

  await rotateFiles('session-secret', 'add');
  expect(await secret('session-secret')).toBe(`${next}\n${former}`);

  // The longest session has ended: all that are there were signed with the new one.
  await whilePeopleAreThere(() => deployment.operate('rotate', 'session-secret', 'remove'));
  expect(await secret('session-secret')).toBe(next);
});

test('a new password for Redis fails no request, and the former one is refused afterwards', async () => {
  const former = new URL(await secret('redis-url'));
  await whilePeopleAreThere(() => deployment.operate('rotate', 'redis-password'));
  const current = new URL(await secret('redis-url'));
  expect(current.password).not.toBe(former.password);
  const login = ({ password }: URL) =>
    deployment.compose('exec', '-T', 'redis', 'redis-cli', 'AUTH', 'app', password);
  expect(await login(former)).toContain('WRONGPASS');
  expect(await login(current)).toContain('OK');
});

/** What Postgres says to who logs in with an address. */
async function loginAt(databaseUrl: string): Promise<string> {
  const script = `
    const { default: pg } = await import('pg');
    const client = new pg.Client({ connectionString: ${JSON.stringify(databaseUrl)} });
    console.log(await client.connect().then(() => client.end()).then(() => 'connected', ({ code }) => code));`;
  const said = await deployment.compose(
    ...['exec', '-T', 'app', 'node', '--input-type=module', '--eval', script],
  );
  return said.trim();
}

const invalidPassword = '28P01';

describe('A new password for Postgres', () => {
  test('fails no request, and the former role can log in no more', async () => {
    const former = await secret('database-url');
    await whilePeopleAreThere(() => deployment.operate('rotate', 'database-password'));
    const current = await secret('database-url');
    expect(new URL(current).username).toBe('app_2');
    expect([await loginAt(former), await loginAt(current)]).toEqual([invalidPassword, 'connected']);
  });

  test('holds for a new database, too', async () => {
    await deployment.compose('rm', '--stop', '--force', 'postgres');
    await deployment.docker('volume', 'rm', `${deployment.project}_postgres-data`);
    await deployment.compose('up', '--detach', '--wait', 'postgres');
    await deployment.compose('run', '--rm', 'migrate');
    await until('somebody can sign up', async () => (await signUpUsers(client, 1)).length === 1, 30_000);
  });

  test('brings the first role back when it comes again', async () => {
    const former = await secret('database-url');
    await whilePeopleAreThere(() => deployment.operate('rotate', 'database-password'));
    const current = await secret('database-url');
    expect(new URL(current).username).toBe('app');
    expect([await loginAt(former), await loginAt(current)]).toEqual([invalidPassword, 'connected']);
  });
});
