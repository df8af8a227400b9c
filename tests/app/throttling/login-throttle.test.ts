// Guesses at passwords, on three instances that share one Redis.

import { afterAll, describe, expect, test } from '@jest/globals';
import { password, startThreeApps, tally } from './guesses.ts';

// As many as the three have connections to Postgres: here nobody is to be refused for another reason.
const three = await startThreeApps({
  THROTTLE_LOGINS_PER_ADDRESS: '30',
  THROTTLE_LOGINS_PER_ACCOUNT: '30',
});
const { redis, post, apps } = three;
afterAll(async () => three[Symbol.asyncDispose]());

let last = 0;
const newAddress = () => `198.51.${Math.floor(++last / 250)}.${(last % 250) + 1}`;
async function signUp(username: string, address = newAddress()) {
  expect((await post('/api/v1/signup', { username, password }, address)).status).toBe(201);
  return username;
}
const guess = (username: string, address: string) =>
  post('/api/v1/login', { username, password: 'wrong horse' }, address);
const logIn = (username: string, address: string) => post('/api/v1/login', { username, password }, address);
const inParallel = <T>(count: number, work: (n: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, n) => work(n)));

describe('of hundreds of guesses at once, exactly so many reach the check of the password', () => {
  test('10 of one client for one account', async () => {
    const username = await signUp('of-both');
    const address = newAddress();
    const answers = await inParallel(300, () => guess(username, address));
    expect(tally(answers)).toEqual({ 401: 10, 429: 290 });
    expect(new Set(answers.map(({ servedBy }) => servedBy))).toEqual(new Set(['a', 'b', 'c']));
    // Neither the right password, nor another instance, nor another spelling of the name opens it.
    expect(tally(await inParallel(6, () => logIn(username.toUpperCase(), address)))).toEqual({ 429: 6 });
    expect((await logIn(username, newAddress())).status).toBe(200);
  });

  test('30 of one client for many accounts', async () => {
    const address = newAddress();
    const answers = await inParallel(300, (n) => guess(`nobody-${n}`, address));
    expect(tally(answers)).toEqual({ 401: 30, 429: 270 });
  });

  test('30 of many clients for one account', async () => {
    const username = await signUp('of-account');
    const answers = await inParallel(300, () => guess(username, newAddress()));
    expect(tally(answers)).toEqual({ 401: 30, 429: 270 });
  });

  test('an IPv6 client counts by its /64', async () => {
    const username = await signUp('of-ipv6');
    const answers = await inParallel(60, (n) => guess(username, `2001:db8:1:2::${n.toString(16)}`));
    expect(tally(answers)).toEqual({ 401: 10, 429: 50 });
    expect((await guess(username, '2001:db8:1:3::1')).status).toBe(401);
  });
});

test('a refusal says when to come again, and is an event for the security team', async () => {
  const address = newAddress();
  await inParallel(10, () => guess('ada-lovelace', address));
  const { status, body, headers } = await guess('ada-lovelace', address);
  const seconds = Number(headers.get('retry-after'));
  expect(status).toBe(429);
  expect(body).toEqual({ status: 'fail', message: `Too many attempts. Try again in ${seconds} s.` });
  expect(seconds).toBeGreaterThan(880);
  expect(seconds).toBeLessThanOrEqual(900);
  const events = apps.flatMap((app) => app.log()).filter(({ event }) => event === 'throttled');
  expect(events).toContainEqual(
    expect.objectContaining({ client: address, reason: 'logins-account-address' }),
  );
  expect(JSON.stringify(events)).not.toContain('ada-lovelace');
});

test('an account that does not exist is throttled as one that does', async () => {
  const real = await signUp('is-there');
  const answersFor = async (username: string) => {
    const address = newAddress();
    const answers = [];
    for (let n = 0; n < 12; n += 1) answers.push(await guess(username, address));
    return answers.map(({ status, body, headers }) => ({
      status,
      body: JSON.stringify(body).replace(/\d+ s/, '… s'),
      headers: [...headers.keys()].toSorted(),
    }));
  };
  expect(await answersFor('is-not-there')).toEqual(await answersFor(real));
});

test('the owner of an account that many addresses attack logs in from where they did before', async () => {
  const home = newAddress();
  const owner = await signUp('owner', home);
  expect((await logIn(owner, home)).status).toBe(200);
  const attack = await inParallel(200, () => guess(owner, newAddress()));
  expect(tally(attack)).toEqual({ 401: 30, 429: 170 });
  expect(tally(await inParallel(9, () => logIn(owner, home)))).toEqual({ 200: 9 });
  // From elsewhere the limit holds for everybody, or the right password could be told from the others.
  expect((await logIn(owner, newAddress())).status).toBe(429);
  // At home guesses are counted as well.
  expect(tally(await inParallel(20, () => guess(owner, home)))).toEqual({ 401: 10, 429: 10 });
});

test('right passwords are not counted, and set the count of wrong ones back', async () => {
  const home = newAddress();
  const user = await signUp('forgetful', home);
  for (let round = 0; round < 3; round += 1) {
    expect(tally(await inParallel(9, () => guess(user, home)))).toEqual({ 401: 9 });
    expect((await logIn(user, home)).status).toBe(200);
  }
  for (let n = 0; n < 30; n += 1) expect((await logIn(user, home)).status).toBe(200);
});

test('Redis has no name and no address in clear, and every count ends', async () => {
  const address = '203.0.113.77';
  const user = await signUp('grace-hopper', address);
  await logIn(user, address);
  await guess(user, address);
  const keys = await redis.ask((client) => client.keys('throttle:*'));
  expect(keys.length).toBeGreaterThan(3);
  const values = await Promise.all(keys.map((key) => redis.ask((client) => client.dump(key))));
  const text = JSON.stringify([keys, values]);
  expect(text).not.toMatch(/grace|hopper|203\.0/);
  const lifetimes = await Promise.all(keys.map((key) => redis.ask((client) => client.ttl(key))));
  expect(Math.min(...lifetimes)).toBeGreaterThan(0);
});

test('when its window is over a client may try again', async () => {
  const address = newAddress();
  await inParallel(12, () => guess('patient', address));
  expect((await guess('patient', address)).status).toBe(429);
  for (const key of await redis.ask((client) => client.keys('throttle:logins-account-address:*'))) {
    await redis.ask((client) => client.pExpire(key, 1));
  }
  expect(tally(await inParallel(12, () => guess('patient', address)))).toEqual({ 401: 10, 429: 2 });
});
