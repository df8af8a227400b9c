// Session management (ASVS chapter V7): what makes a session, and what ends it, on three instances.

import { afterAll, beforeAll, expect } from '@jest/globals';
import { requirement } from './requirement.ts';
import { newName, type Site, startSite, statusesOf } from './site.ts';

let site: Site;
beforeAll(async () => {
  site = await startSite();
}, 60_000);
afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
});

const onAll = (status: number) => [status, status, status];

requirement('V7.2.1', 'a changed, unsigned or made-up cookie is nobody on any instance', async () => {
  const { browser } = await site.user();
  const cookie = await browser.cookie();
  expect(await statusesOf(site, cookie)).toEqual(onAll(200));

  const [name = '', value = ''] = cookie.split('=');
  const [id = '', signature = ''] = decodeURIComponent(value)
    .slice(2)
    .split(/\.(?=[^.]*$)/);
  const other = (text: string) => (text.startsWith('A') ? 'B' : 'A') + text.slice(1);
  const forged = [
    `s:${other(id)}.${signature}`,
    `s:${id}.${other(signature)}`,
    `s:${id}.`,
    `s:${id}`,
    id,
    `j:{"id":"${id}"}`,
    's:__proto__.x',
  ];
  for (const made of forged) {
    expect([made, await statusesOf(site, `${name}=${encodeURIComponent(made)}`)]).toEqual([made, onAll(401)]);
  }
});

requirement('V7.2.2', 'each login has a session of its own, and no fixed key is one', async () => {
  const { browser, credentials } = await site.user();
  const second = site.visitor();
  await second.post('/api/v1/login', credentials);
  expect(await second.cookie()).not.toBe(await browser.cookie());
  for (const headers of [
    { Authorization: 'Bearer secret' },
    { 'X-Api-Key': 'secret' },
    { Cookie: 'sid=secret' },
  ]) {
    const answers = await site.everywhere(() => site.visitor().get('/api/v1/me', headers));
    expect(answers.map(({ status }) => status)).toEqual(onAll(401));
  }
});

requirement('V7.2.3', 'session ids never repeat and have 128 random bits', async () => {
  const { credentials } = await site.user();
  const ids: string[] = [];
  for (let login = 0; login < 96; login++) {
    const browser = site.visitor();
    expect((await browser.post('/api/v1/login', credentials)).status).toBe(200);
    const value = decodeURIComponent((await browser.cookie()).replace(/^[^=]*=/, ''));
    ids.push(value.replace(/^s:/, '').replace(/\.[^.]*$/, ''));
  }
  expect(new Set(ids).size).toBe(ids.length);
  // A character of base64url that is random is one of 64, so among 96 about 50 are different. What is the same for all ids
  // of a user, or counts up, has far fewer.
  const random = Array.from(ids[0] ?? '', (_, place) => new Set(ids.map((id) => id[place])).size >= 35);
  expect(random.filter(Boolean).length * 6).toBeGreaterThanOrEqual(128);
});

requirement(
  'V7.2.4',
  'a login, also of somebody who is logged in, ends the session from before',
  async () => {
    const browser = site.visitor();
    await browser.post('/api/v1/cart/items', { sku: 'apple', quantity: 1 });
    const asGuest = await browser.cookie();
    const credentials = { username: newName(), password: 'three wet socks on a line' };
    await browser.post('/api/v1/signup', credentials);
    const first = await browser.cookie();
    await browser.post('/api/v1/login', credentials);
    const second = await browser.cookie();

    expect(new Set([asGuest, first, second]).size).toBe(3);
    expect(await statusesOf(site, second)).toEqual(onAll(200));
    for (const old of [asGuest, first]) {
      expect(await statusesOf(site, old)).toEqual(onAll(401));
      const carts = await site.everywhere(() => site.visitor().get('/api/v1/cart', { Cookie: old }));
      expect(carts.map(({ body }) => body)).toEqual(
        carts.map(() => ({ status: 'success', data: { items: [] } })),
      );
    }
  },
);

requirement('V7.4.1', 'after a logout a copied cookie is refused on every instance', async () => {
  const { browser } = await site.user();
  const copied = await browser.cookie();
  expect(await statusesOf(site, copied)).toEqual(onAll(200));
  expect((await browser.post('/api/v1/logout')).status).toBe(200);
  expect(await browser.cookie()).toBe('');
  expect(await statusesOf(site, copied)).toEqual(onAll(401));
});

requirement('V7.6.2', 'nobody gets a session by reading, or by a page of another site', async () => {
  for (const path of ['/', '/api/v1/me', '/api/v1/cart', '/api/v1/nothing']) {
    const answers = await site.everywhere(() => site.visitor().get(path));
    expect(answers.flatMap(({ headers }) => headers.getSetCookie())).toEqual([]);
  }
  const { credentials } = await site.user();
  const refused = await site.everywhere(() =>
    site.visitor().post('/api/v1/login', credentials, { 'Sec-Fetch-Site': 'cross-site' }),
  );
  expect(refused.map(({ status }) => status)).toEqual(onAll(403));
  expect(refused.flatMap(({ headers }) => headers.getSetCookie())).toEqual([]);
});
