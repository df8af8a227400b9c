// Raising BCRYPT_ROUNDS and changing the pepper on a deployment that runs: users move on as they log in.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Settings, startApp } from '../../support/app.ts';
import { Browser } from '../../support/browser.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { until } from '../../support/wait.ts';

const [old, fresh] = ['an old pepper that is long enough..', 'a new pepper that is long enough..'];
const opened = new AsyncDisposableStack();
let postgres: TestPostgres;
beforeAll(async () => {
  postgres = opened.use(await startPostgres());
});
afterAll(() => opened.disposeAsync());

const appWith = (settings: Settings) =>
  startApp({ DATABASE_URL: postgres.url, PASSWORD_PEPPER: old, ...settings });

let number = 0;
const newUser = () => ({ username: `user-${++number}`, password: 'correct horse' });
type Who = ReturnType<typeof newUser>;

const signUp = async (url: string, who: Who) =>
  expect((await new Browser(url).post('/api/v1/signup', who)).status).toBe(201);
const logIn = async (url: string, who: Who) => (await new Browser(url).post('/api/v1/login', who)).status;

/** Cost and pepper of the stored hash, such as `04, pepper 1`. */
async function storedOf({ username }: Who): Promise<string> {
  const [row] = await postgres.ask(
    `SELECT substr(password_hash, 5, 2) || ', pepper ' || pepper_version AS stored FROM users
      WHERE username = '${username}'`,
  );
  return String(row?.stored);
}

test('a login stores a hash of the new cost, with which the next one works', async () => {
  await using before = await appWith({ BCRYPT_ROUNDS: '4' });
  await using after = await appWith({ BCRYPT_ROUNDS: '5' });
  const who = newUser();
  await signUp(before.url, who);
  expect(await logIn(after.url, who)).toBe(200);
  await until('the hash has the new cost', async () => (await storedOf(who)) === '05, pepper 1');
  expect(await logIn(after.url, who)).toBe(200);
  expect(await logIn(before.url, who)).toBe(200);
  expect(await storedOf(who)).toBe('05, pepper 1');
});

test('a wrong password stores nothing', async () => {
  await using before = await appWith({ BCRYPT_ROUNDS: '4' });
  await using after = await appWith({ BCRYPT_ROUNDS: '5' });
  const who = newUser();
  await signUp(before.url, who);
  expect(await logIn(after.url, { ...who, password: 'wrong horse' })).toBe(401);
  expect(await storedOf(who)).toBe('04, pepper 1');
});

test('many logins at once on two instances store one hash after another, and all of them succeed', async () => {
  await using before = await appWith({ BCRYPT_ROUNDS: '4' });
  await using a = await appWith({ BCRYPT_ROUNDS: '5' });
  await using b = await appWith({ BCRYPT_ROUNDS: '6' });
  const who = newUser();
  await signUp(before.url, who);
  const logins = [a, b, a, b, a, b].map(({ url }) => logIn(url, who));
  expect(await Promise.all(logins)).toEqual([200, 200, 200, 200, 200, 200]);
  await until('the cost is one of the new ones', async () => /^0[56]/.test(await storedOf(who)));
  expect(await logIn(b.url, who)).toBe(200);
  await until('the highest cost wins', async () => (await storedOf(who)) === '06, pepper 1');
  expect(await logIn(before.url, who)).toBe(200);
});

test('a login succeeds when there is no room for a second hash, which is then made at a later one', async () => {
  await using before = await appWith({ BCRYPT_ROUNDS: '4' });
  await using full = await appWith({ BCRYPT_ROUNDS: '5', HASH_QUEUE: '0', HASH_THREADS: '1' });
  const who = newUser();
  const other = newUser();
  await signUp(before.url, who);
  await signUp(full.url, other);
  // One hash at a time, and nothing may wait: of many logins some are refused, and none fails otherwise.
  const statuses = await Promise.all([1, 2, 3, 4].map(() => logIn(full.url, who)));
  expect(statuses).toContain(200);
  expect(statuses.every((status) => [200, 503].includes(status))).toBe(true);
  await until('a later login has room for it', async () => {
    await logIn(full.url, who);
    return (await storedOf(who)) === '05, pepper 1';
  });
});

test('a pepper is replaced in two deploys, in the middle of each: everybody can log in on every instance', async () => {
  const phases = [old, `1:${old},2:${fresh}`, `2:${fresh},1:${old}`];
  const early = newUser();
  const users = [early];
  for (const [i, pepper] of phases.slice(1).entries()) {
    await using before = await appWith({ PASSWORD_PEPPER: phases[i] });
    await using after = await appWith({ PASSWORD_PEPPER: pepper });
    if (i === 0) await signUp(before.url, early);
    for (const app of [before, after]) {
      const newcomer = newUser();
      await signUp(app.url, newcomer);
      users.push(newcomer);
    }
    for (const who of users) {
      for (const app of [before, after, before, after]) expect(await logIn(app.url, who)).toBe(200);
    }
  }
  for (const who of users) {
    await until('all have the new pepper', async () => (await storedOf(who)) === '04, pepper 2');
  }
  // The old one is needed no more.
  await using last = await appWith({ PASSWORD_PEPPER: `2:${fresh}` });
  for (const who of users) expect(await logIn(last.url, who)).toBe(200);
});

test('a pepper that was taken away too early is an error in the log, and no password is right', async () => {
  await using before = await appWith({});
  await using after = await appWith({ PASSWORD_PEPPER: `2:${fresh}` });
  const who = newUser();
  await signUp(before.url, who);
  expect(await logIn(after.url, who)).toBe(401);
  expect(after.log()).toContainEqual(
    expect.objectContaining({ level: 50, msg: 'no pepper of this version', version: 1 }),
  );
});
