import { afterAll, describe, expect, test } from '@jest/globals';
import { startApp } from '../../support/app.ts';
import { Browser, sessionIdOf, sessionKeyOf } from '../../support/browser.ts';
import { startTwoApps } from '../../support/two-apps.ts';

const two = await startTwoApps();
const { redis, postgres, a, b } = two;
afterAll(async () => two[Symbol.asyncDispose]());

const password = 'correct horse';
let number = 0;
const newName = () => `user-${++number}`;
const keys = () => redis.ask((client) => client.keys('*'));

async function signUp(username = newName()): Promise<{ browser: Browser; username: string }> {
  const browser = new Browser(a.url);
  const answer = await browser.post('/api/v1/signup', { username, password });
  expect(answer.status).toBe(201);
  return { browser, username };
}

describe('sign-up', () => {
  test('answers 201 with the user and never the hash, and logs in', async () => {
    const username = newName();
    const browser = new Browser(a.url);
    const answer = await browser.post('/api/v1/signup', { username, password });
    expect(answer.status).toBe(201);
    const user = { id: expect.stringMatching(/^[0-9a-f-]{36}$/), username };
    expect(answer.body).toEqual({ status: 'success', data: { user } });
    expect(JSON.stringify(answer.body)).not.toContain('$2');
    expect((await browser.get('/api/v1/me')).status).toBe(200);
  });

  test('stores a peppered bcrypt hash of the configured rounds, and nothing of the password', async () => {
    const { username } = await signUp();
    const [row] = await postgres.ask(`SELECT * FROM users WHERE username = '${username}'`);
    expect(row?.password_hash).toMatch(/^\$2[aby]\$04\$.{53}$/);
    expect(JSON.stringify(row)).not.toContain(password);
  });

  test('answers 409 for a name that is taken, whatever its case', async () => {
    const { username } = await signUp();
    const answer = await new Browser(b.url).post('/api/v1/signup', {
      username: username.toUpperCase(),
      password,
    });
    expect(answer.status).toBe(409);
    expect(answer.body).toEqual({ status: 'fail', message: 'This username is taken.' });
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  test('accepts exactly one of two sign-ups for one name at once, on two instances', async () => {
    for (let round = 0; round < 10; round += 1) {
      const body = { username: newName(), password };
      const answers = await Promise.all(
        [a, b].map((app) => new Browser(app.url).post('/api/v1/signup', body)),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
    }
  });

  test('names each wrong field and what was expected', async () => {
    const answer = await new Browser(a.url).post('/api/v1/signup', { username: ['ann'], password: 'short' });
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({
      status: 'fail',
      message: expect.any(String),
      fields: [
        { field: 'username', message: 'text' },
        { field: 'password', message: '8 to 256 characters' },
      ],
    });
  });

  test('takes nothing from keys such as __proto__', async () => {
    const body = `{"__proto__":{"username":"ann","password":"${password}"},"constructor":{"prototype":{}}}`;
    expect((await new Browser(a.url).post('/api/v1/signup', body)).status).toBe(400);
  });
});

describe('login', () => {
  test('answers 200 with the user on any instance, and every instance knows the session', async () => {
    const { username } = await signUp();
    const browser = new Browser(a.url);
    const login = await browser.post('/api/v1/login', { username, password });
    expect(login.status).toBe(200);
    const seen = await browser.at(b.url).get('/api/v1/protected');
    expect(seen.headers.get('X-Served-By')).toBe('b');
    expect(seen.body).toEqual(login.body);
  });

  test('accepts the name in any case and answers it as its owner wrote it', async () => {
    const { username } = await signUp(`Ann-${newName()}`);
    const answer = await new Browser(a.url).post('/api/v1/login', {
      username: username.toLowerCase(),
      password,
    });
    expect(answer.body).toMatchObject({ data: { user: { username } } });
  });

  test('answers an unknown user and a wrong password with the same words, and no cookie', async () => {
    const { username } = await signUp();
    const wrong = await new Browser(a.url).post('/api/v1/login', { username, password: 'wrong horse' });
    const unknown = await new Browser(a.url).post('/api/v1/login', {
      username: 'nobody',
      password: 'wrong horse',
    });
    for (const answer of [wrong, unknown]) {
      expect(answer.status).toBe(401);
      expect(answer.body).toEqual({ status: 'fail', message: 'The username or the password is wrong.' });
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
    const names = (headers: Headers) => [...headers.keys()].sort();
    expect(names(unknown.headers)).toEqual(names(wrong.headers));
  });

  test('takes as long for an unknown user as for a wrong password', async () => {
    await using slow = await startApp({ DATABASE_URL: postgres.url, BCRYPT_ROUNDS: '10', HASH_THREADS: '1' });
    const browser = new Browser(slow.url);
    const username = newName();
    await browser.post('/api/v1/signup', { username, password });
    const timeOf = async (name: string) => {
      const start = performance.now();
      await browser.post('/api/v1/login', { username: name, password: 'wrong horse' });
      return performance.now() - start;
    };
    // Interleaved, so that other load on the machine affects both.
    const ratios: number[] = [];
    for (let i = 0; i < 9; i += 1) ratios.push((await timeOf('nobody')) / (await timeOf(username)));
    const ratio = ratios.sort((x, y) => x - y)[4];
    expect(ratio).toBeGreaterThan(0.6);
    expect(ratio).toBeLessThan(1.7);
  });

  test('gives a new session id, and the one from before is gone from the store', async () => {
    const { username } = await signUp();
    const browser = new Browser(a.url);
    await browser.post('/api/v1/cart/items', { sku: 'apple', quantity: 1 });
    const before = await browser.cookie();
    await browser.post('/api/v1/login', { username, password });
    const after = await browser.cookie();
    expect(sessionIdOf(after)).not.toBe(sessionIdOf(before));
    expect(await keys()).toContain(sessionKeyOf(after));
    expect(await keys()).not.toContain(sessionKeyOf(before));
  });

  test("keeps the guest's cart", async () => {
    const { username } = await signUp();
    const browser = new Browser(a.url);
    await browser.post('/api/v1/cart/items', { sku: 'apple', quantity: 3 });
    await browser.post('/api/v1/login', { username, password });
    const cart = await browser.at(b.url).get('/api/v1/cart');
    expect(cart.body).toEqual({ status: 'success', data: { items: [{ sku: 'apple', quantity: 3 }] } });
  });

  test("does not hand one user's cart to another who logs in after", async () => {
    const { username } = await signUp();
    const { browser } = await signUp();
    await browser.post('/api/v1/cart/items', { sku: 'apple', quantity: 3 });
    await browser.post('/api/v1/login', { username, password });
    expect((await browser.get('/api/v1/cart')).body).toEqual({ status: 'success', data: { items: [] } });
  });

  test('answers 503 with Retry-After when the queue of hashes is full, and serves the others', async () => {
    await using small = await startApp({
      DATABASE_URL: postgres.url,
      BCRYPT_ROUNDS: '11',
      HASH_THREADS: '1',
      HASH_QUEUE: '0',
    });
    const body = { username: 'nobody', password };
    const answers = await Promise.all(
      [1, 2, 3, 4].map(() => new Browser(small.url).post('/api/v1/login', body)),
    );
    const refused = answers.filter(({ status }) => status === 503);
    expect(refused.length).toBeGreaterThan(0);
    expect(answers.length - refused.length).toBeGreaterThan(0);
    expect(refused[0]?.headers.get('Retry-After')).toBe('1');
  });
});

describe('logout', () => {
  test('ends the session in the store and clears the cookie with the attributes that it was set with', async () => {
    const { browser } = await signUp();
    const cookie = await browser.cookie();
    const answer = await browser.at(b.url).post('/api/v1/logout');
    expect(answer.status).toBe(200);
    expect(answer.headers.getSetCookie()).toEqual([
      'sid=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax',
    ]);
    expect(await browser.cookie()).toBe('');
    expect(await keys()).not.toContain(sessionKeyOf(cookie));
    expect((await new Browser(a.url).get('/api/v1/me', { Cookie: cookie })).status).toBe(401);
  });

  test('is no failure for somebody who is not logged in', async () => {
    const answer = await new Browser(a.url).post('/api/v1/logout');
    expect(answer.status).toBe(200);
    expect(answer.headers.getSetCookie()).toHaveLength(1);
  });

  test('accepts an empty POST of any type', async () => {
    const { browser } = await signUp();
    const headers = { 'Content-Length': '0', 'Content-Type': 'text/plain' };
    expect((await browser.post('/api/v1/logout', undefined, headers)).status).toBe(200);
  });
});

describe.each(['/api/v1/protected', '/api/v1/me'])('%s', (path) => {
  test('answers the user, or 401 to a guest', async () => {
    const { browser, username } = await signUp();
    const known = await browser.get(path);
    expect(known.status).toBe(200);
    expect(known.body).toMatchObject({ status: 'success', data: { user: { username } } });
    const guest = await new Browser(a.url).get(path);
    expect(guest.status).toBe(401);
    expect(guest.body).toEqual({ status: 'fail', message: 'Log in first.' });
  });
});
