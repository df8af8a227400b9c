// infra/compose/rotate for the secrets that no request needs, and for the pepper. Those of the app: rotation.test.ts.

import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { startTraffic } from '../../services/lab/src/traffic/traffic.ts';
import { HttpClient } from '../../services/lab/src/users/http-client.ts';
import { signUpUsers, User } from '../../services/lab/src/users/user.ts';
import { Deployment } from './deployment.ts';
import { Operator } from './operator.ts';

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

/** What a file of the secrets holds, such as `postgres/owner-password`. */
async function secret(file: string): Promise<string> {
  return (await inSecrets('cat', `/secrets/${file}`)).trim();
}

/** Runs a program where all secrets are. */
function inSecrets(program: string, ...args: readonly string[]): Promise<string> {
  return deployment.compose('run', '--rm', '--no-deps', '-T', '--entrypoint', program, 'secrets', ...args);
}

/** Who is logged in goes on reading, and no request fails. */
async function unnoticed(command: () => Promise<unknown>): Promise<void> {
  const users = await signUpUsers(client, 4);
  await using traffic = startTraffic(client, users, { guests: 0 });
  await command();
  expect(await traffic.stop()).toMatchObject({ failures: [], loggedOut: 0 });
}

/** Whether Postgres lets a role in with a password: its exit code. */
async function postgresAccepts(role: string, password: string): Promise<boolean> {
  const login = `PGPASSWORD=${password} psql --no-psqlrc --host 127.0.0.1 --username ${role} --dbname app --command ''`;
  return deployment.compose('exec', '-T', 'postgres', 'sh', '-c', login).then(
    () => true,
    () => false,
  );
}

async function redisSays(user: string, password: string): Promise<string> {
  return (await deployment.compose('exec', '-T', 'redis', 'redis-cli', 'AUTH', user, password)).trim();
}

const passwordOf = (url: string) => new URL(url).password;

test('a new password of the role that changes the schema: migrations log in with it, and the former one is refused', async () => {
  const former = await secret('postgres/owner-password');
  await unnoticed(() => deployment.operate('rotate', 'database-owner-password'));
  const current = await secret('postgres/owner-password');
  expect(passwordOf(await secret('migrate/database-url'))).toBe(current);
  expect([await postgresAccepts('owner', former), await postgresAccepts('owner', current)]).toEqual([
    false,
    true,
  ]);
  await deployment.compose('run', '--rm', 'migrate');
});

describe('a new password of Postgres’ superuser', () => {
  test('is in use, and the former one is refused', async () => {
    const former = await secret('postgres/admin-password');
    await unnoticed(() => deployment.operate('rotate', 'database-admin-password'));
    const current = await secret('postgres/admin-password');
    expect(current).not.toBe(former);
    expect([await postgresAccepts('admin', former), await postgresAccepts('admin', current)]).toEqual([
      false,
      true,
    ]);
  });

  test('comes to its end when it was interrupted after Postgres had it and before the files did', async () => {
    await inSecrets('/rotate', 'database-admin-password', 'add');
    const next = await secret('postgres/admin-password-next');
    const change = `PGPASSWORD=$(cat /secrets/admin-password) psql --username admin --dbname app --command "ALTER ROLE admin PASSWORD '${next}'"`;
    await deployment.compose('exec', '-T', 'postgres', 'sh', '-c', change);
    await deployment.operate('rotate', 'database-admin-password');
    expect(await secret('postgres/admin-password')).toBe(next);
    expect(await postgresAccepts('admin', next)).toBe(true);
  });
});

test('a new password of who loads Redis’ functions is in use, and the former one is refused', async () => {
  const former = passwordOf(await secret('prepare-redis/redis-admin-url'));
  await unnoticed(() => deployment.operate('rotate', 'redis-owner-password'));
  const current = passwordOf(await secret('prepare-redis/redis-admin-url'));
  expect(await redisSays('owner', former)).toContain('WRONGPASS');
  expect(await redisSays('owner', current)).toBe('OK');
  await deployment.compose('run', '--rm', 'prepare-redis');
});

test('a new password of Redis’ administrator is in use, and the former one is refused', async () => {
  const former = await secret('redis/admin-password');
  await unnoticed(() => deployment.operate('rotate', 'redis-admin-password'));
  expect(await redisSays('admin', former)).toContain('WRONGPASS');
  expect(await deployment.compose('exec', '-T', 'redis', 'redis-admin', 'PING')).toBe('PONG\n');
});

test('the app’s role in Postgres changes although the command was interrupted after its second step', async () => {
  await inSecrets('/rotate', 'database-password', 'add');
  // As infra/compose/rotate does between the steps, and was then interrupted.
  const next = new URL(await secret('app/database-url-next'));
  const make = `PGPASSWORD=$(cat /secrets/admin-password) psql --username admin --dbname app \
    --command "CREATE ROLE ${next.username} IN ROLE app LOGIN PASSWORD '${next.password}'"`;
  await deployment.compose('exec', '-T', 'postgres', 'sh', '-c', make);
  await inSecrets('/rotate', 'database-password', 'use');
  await deployment.operate('rotate', 'database-password');
  expect(await secret('app/database-url')).toBe(String(next));
  expect(await postgresAccepts('app', await secret('postgres/app-password'))).toBe(false);
});

describe('a new pepper', () => {
  let early: User;

  test('lets those log in whose password was hashed with the former one', async () => {
    early = new User(client);
    await early.signUp();
    const former = await secret('app/password-pepper');
    await unnoticed(() => deployment.operate('rotate', 'password-pepper'));
    expect(await secret('app/password-pepper')).toMatch(new RegExp(`^2:[0-9a-f]{64}\n1:${former}$`));
    const late = new User(client);
    await late.signUp();
    expect((await late.logIn()).status).toBe(200);
  });

  test('is not alone before everybody has logged in, and the command says how many have not', async () => {
    await expect(deployment.operate('rotate', 'password-pepper', 'remove')).rejects.toThrow(
      /\d+ users have a password that only a former pepper opens/,
    );
    expect((await secret('app/password-pepper')).split('\n')).toHaveLength(2);
  });

  test('is alone when everybody has', async () => {
    await early.logIn();
    const others = `PGPASSWORD=$(cat /secrets/admin-password) psql --username admin --dbname app \
      --command "DELETE FROM users WHERE pepper_version < 2"`;
    await deployment.compose('exec', '-T', 'postgres', 'sh', '-c', others);
    await deployment.operate('rotate', 'password-pepper', 'remove');
    expect(await secret('app/password-pepper')).toMatch(/^2:[0-9a-f]{64}$/);
    expect((await early.logIn()).status).toBe(200);
  });
});

describe('rotate refuses', () => {
  test.each([
    [['no-such-secret'], 64, /infra\/compose\/rotate session-secret/],
    [['redis-password', 'remove'], 64, /infra\/compose\/rotate session-secret/],
    [['certificate', 'one'], 1, /^rotate: expected two files: certificate FULLCHAIN KEY$/m],
    [['certificate', 'nowhere.pem', 'nowhere.pem'], 1, /^rotate: cannot read .*nowhere\.pem$/m],
    [
      ['certificate', 'README.md', 'README.md'],
      1,
      /^certificate: the first file should hold a certificate in PEM$/m,
    ],
  ])('%j', async (args, code, message) => {
    const typed = await new Operator(deployment.project, {}).try('infra/compose/rotate', ...args);
    expect([typed.exitCode, typed.stderr]).toEqual([code, expect.stringMatching(message)]);
  });

  test('a secret that comes from a file of one’s own, which it would not change', async () => {
    const operator = new Operator(deployment.project, {
      COMPOSE_FILE: 'docker-compose.yml:tests/containers/own-secret.yml',
    });
    const before = await secret('app/session-secret');
    const { exitCode, stderr } = await operator.try('infra/compose/rotate', 'session-secret');
    expect([exitCode, stderr.trim()]).toEqual([
      1,
      expect.stringMatching(
        /^rotate: SESSION_SECRET_FILE is not \/secrets\/session-secret here but .*\/run\/secrets\/session-secret/,
      ),
    ]);
    expect(await secret('app/session-secret')).toBe(before);
  });
});
