// What protects accounts and guests, in the deployment that users start: three instances that count and end sessions together.

import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Answer } from '../support/browser.ts';
import { Browser, sessionIdOf, sessionKeyOf } from '../support/browser.ts';
import { Deployment } from './deployment.ts';

jest.setTimeout(120_000);

const password = 'correct horse battery staple';
let deployment: Deployment;
let instances: readonly string[];

beforeAll(async () => {
  deployment = await Deployment.start({ instances: 3, overlays: ['tests/containers/many-users.yml'] });
  instances = await deployment.instances();
}, 300_000);
afterAll(async () => {
  await deployment?.[Symbol.asyncDispose]();
}, 60_000);

const visitor = () => new Browser(deployment.baseUrl);

async function signedUp(username: string): Promise<Browser> {
  const browser = visitor();
  expect(await browser.post('/api/v1/signup', { username, password })).toMatchObject({ status: 201 });
  return browser;
}

async function loggedIn(username: string): Promise<Browser> {
  const browser = visitor();
  expect(await browser.post('/api/v1/login', { username, password })).toMatchObject({ status: 200 });
  return browser;
}

/** How often each status came. */
function tally(answers: readonly Answer[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** What each of the three instances says of a session. */
async function statusesOf(browser: Browser): Promise<number[]> {
  const statuses = new Map<string, number>();
  for (let n = 0; statuses.size < instances.length; n++) {
    expect(n).toBeLessThan(30);
    const { status, servedBy } = await browser.get('/api/v1/me');
    if (servedBy !== undefined) statuses.set(servedBy, status);
  }
  return [...statuses.values()];
}

const operator = async (...args: readonly string[]): Promise<string> => {
  const [instance = ''] = await deployment.containers('app');
  return deployment.docker('exec', instance, 'node', 'services/app/src/operator.ts', ...args);
};

describe('many attempts at once', () => {
  test('of wrong passwords exactly ten are checked, and the owner logs in from elsewhere', async () => {
    await signedUp('ada');
    const guesses = await Promise.all(
      Array.from({ length: 40 }, () =>
        visitor().post('/api/v1/login', { username: 'ada', password: 'a wrong password of some length' }),
      ),
    );
    expect(tally(guesses)).toEqual({ 401: 10, 429: 30 });
    for (const { status, headers } of guesses) {
      if (status === 429) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    // A forged address is no other client.
    const forged = { 'X-Forwarded-For': '203.0.113.9', Forwarded: 'for=203.0.113.9' };
    const right = { username: 'ada', password };
    expect((await visitor().post('/api/v1/login', right, forged)).status).toBe(429);
    const [container = ''] = await deployment.containers('app');
    const script = `
      const answer = await fetch('http://nginx:8080/api/v1/login', {
        method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '${JSON.stringify(right)}' });
      console.log(answer.status);`;
    expect(
      (await deployment.docker('exec', container, 'node', '--input-type=module', '--eval', script)).trim(),
    ).toBe('200');
  });

  test('of a stranger’s new carts 120 are kept, and people go on logging in', async () => {
    await signedUp('lin');
    const carts = await Promise.all(
      Array.from({ length: 150 }, () => visitor().post('/api/v1/cart/items', { sku: 'tea', quantity: 1 })),
    );
    expect(tally(carts)).toEqual({ 200: 120, 429: 30 });
    await loggedIn('lin');
  });

  test('of additions to one cart no more fit than one after the other', async () => {
    const browser = await signedUp('max');
    const additions = await Promise.all(
      Array.from({ length: 120 }, (_, n) =>
        browser.post('/api/v1/cart/items', { sku: `article-${n}`, quantity: 1 }),
      ),
    );
    expect(tally(additions)).toEqual({ 200: 50, 409: 70 });
    const cart = await browser.get('/api/v1/cart');
    expect(cart.body).toMatchObject({ data: { items: { length: 50 } } });
  });
});

describe('a user’s sessions', () => {
  test('are listed by every instance, and end on all of them when their owner says so', async () => {
    const browsers = [await signedUp('eve'), await loggedIn('eve'), await loggedIn('eve')];
    const [own = visitor(), ...others] = browsers;
    expect((await own.get('/api/v1/sessions')).body).toMatchObject({ data: { sessions: { length: 3 } } });
    expect((await own.send('DELETE', '/api/v1/sessions')).body).toMatchObject({ data: { ended: 2 } });
    expect(await statusesOf(own)).toEqual([200, 200, 200]);
    for (const other of others) expect(await statusesOf(other)).toEqual([401, 401, 401]);
  });

  test('end on all instances when an operator disables the account', async () => {
    const browsers = [await signedUp('kim'), await loggedIn('kim')];
    await operator('disable', 'kim');
    for (const browser of browsers) expect(await statusesOf(browser)).toEqual([401, 401, 401]);
    expect((await visitor().post('/api/v1/login', { username: 'kim', password })).status).toBe(401);
    await operator('enable', 'kim');
    await loggedIn('kim');
  });

  test('are in Redis under names that open none', async () => {
    const browser = await signedUp('noa');
    const id = sessionIdOf(await browser.cookie());
    const admin = async (...command: readonly string[]) => {
      const [redis = ''] = await deployment.containers('redis');
      return deployment.docker('exec', redis, 'redis-admin', ...command);
    };
    const keys = await admin('KEYS', '*');
    expect(keys).toContain(sessionKeyOf(await browser.cookie()));
    expect(keys).not.toContain(id.split('.')[0]);
  });
});

test('halves of a surrogate pair are no password', async () => {
  for (const path of ['/api/v1/signup', '/api/v1/login']) {
    const body = `{"username":"surrogate","password":"${'\\ud800'.repeat(20)}"}`;
    expect((await visitor().send('POST', path, body)).status).toBe(400);
  }
});

test('an instance of production does not start with few rounds, without hash threads or with an insecure cookie', async () => {
  const starting = deployment.compose(
    ...['run', '--rm', '--no-deps', '--env', 'ALLOW_INSECURE=', '--env', 'COOKIE_SECURE=false', 'app'],
  );
  await expect(starting).rejects.toMatchObject({
    code: 78,
    stderr: expect.stringMatching(/COOKIE_SECURE: .*\n?BCRYPT_ROUNDS: .*\n?HASH_THREADS: /),
  });
});
