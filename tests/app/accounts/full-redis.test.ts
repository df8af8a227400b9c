// A Redis that is full goes on reading and deleting, and refuses to store, as it has to when it must not evict sessions.
// What cannot be stored then changes nothing: neither the guest's cart, nor a login, nor the table of users.

import { afterAll, describe, expect, test } from '@jest/globals';
import { Browser, sessionKeyOf } from '../../support/browser.ts';
import { startTwoApps } from '../../support/two-apps.ts';

const two = await startTwoApps();
const { redis, postgres, a, b } = two;
afterAll(async () => two[Symbol.asyncDispose]());

let number = 0;
const credentials = () => ({ username: `user-${++number}`, password: 'correct horse' });

async function whileFull<T>(work: () => Promise<T>): Promise<T> {
  await redis.ask((client) => client.configSet({ maxmemory: '1', 'maxmemory-policy': 'noeviction' }));
  try {
    return await work();
  } finally {
    await redis.ask((client) => client.configSet('maxmemory', '0'));
  }
}

const keys = () => redis.ask((client) => client.keys('*'));
const tea = (quantity: number) => ({ status: 'success', data: { items: [{ sku: 'tea', quantity }] } });

describe('a login that cannot be stored is answered with 503', () => {
  test('and leaves the guest with the cart, which the next login takes along', async () => {
    const who = credentials();
    await new Browser(a.url).post('/api/v1/signup', who);
    const guest = new Browser(a.url);
    await guest.post('/api/v1/cart/items', { sku: 'tea', quantity: 3 });
    const guestKey = sessionKeyOf(await guest.cookie());

    const refused = await whileFull(() => guest.post('/api/v1/login', who));
    expect(refused.status).toBe(503);
    expect(refused.headers.getSetCookie()).toEqual([]);
    expect((await guest.at(b.url).get('/api/v1/cart')).body).toEqual(tea(3));
    expect((await guest.at(b.url).get('/api/v1/me')).status).toBe(401);

    expect((await guest.post('/api/v1/login', who)).status).toBe(200);
    expect((await guest.at(b.url).get('/api/v1/cart')).body).toEqual(tea(3));
    expect((await guest.at(b.url).get('/api/v1/me')).status).toBe(200);
    expect(await keys()).not.toContain(guestKey);
  });

  test('and leaves a user logged in', async () => {
    const who = credentials();
    const browser = new Browser(a.url);
    await browser.post('/api/v1/signup', who);
    const refused = await whileFull(() => browser.post('/api/v1/login', who));
    expect(refused.status).toBe(503);
    for (const app of [a, b]) expect((await browser.at(app.url).get('/api/v1/me')).status).toBe(200);
  });
});

describe('a sign-up that cannot be stored is answered with 503', () => {
  test('and leaves no account behind, so that the second try is no conflict', async () => {
    const who = credentials();
    const guest = new Browser(a.url);
    await guest.post('/api/v1/cart/items', { sku: 'tea', quantity: 1 });
    expect((await whileFull(() => guest.post('/api/v1/signup', who))).status).toBe(503);
    expect(await postgres.ask(`SELECT FROM users WHERE username = '${who.username}'`)).toEqual([]);
    expect((await guest.at(b.url).get('/api/v1/cart')).body).toEqual(tea(1));

    expect((await guest.at(b.url).post('/api/v1/signup', who)).status).toBe(201);
    expect((await guest.get('/api/v1/cart')).body).toEqual(tea(1));
    expect((await guest.get('/api/v1/me')).status).toBe(200);
  });

  test('and leaves its connection to Postgres fit for the next ones', async () => {
    await whileFull(async () => {
      for (let i = 0; i < 15; i += 1) {
        expect((await new Browser(a.url).post('/api/v1/signup', credentials())).status).toBe(503);
      }
    });
    const open = await postgres.ask(`SELECT FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'`);
    expect(open).toEqual([]);
    expect((await new Browser(a.url).post('/api/v1/signup', credentials())).status).toBe(201);
  });
});
