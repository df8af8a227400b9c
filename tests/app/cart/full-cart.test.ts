// The cart's bound holds for requests that come at the same time on two instances, each of which sees a cart with room.

import { afterAll, expect, test } from '@jest/globals';
import { Browser } from '../../support/browser.ts';
import { startTwoApps } from '../../support/two-apps.ts';
import { tally } from '../throttling/guesses.ts';

const two = await startTwoApps({ STORE_DEADLINE_MS: '5000' });
const { a, b } = two;
afterAll(async () => two[Symbol.asyncDispose]());

const items = async (browser: Browser) => {
  const { body } = await browser.get('/api/v1/cart');
  return (body as { data: { items: { sku: string; quantity: number }[] } }).data.items;
};
const add = (browser: Browser, sku: string) => browser.post('/api/v1/cart/items', { sku, quantity: 1 });

async function addAtOnce(browser: Browser, count: number, ofEach = 1) {
  const additions = Array.from({ length: count }, (_, n) =>
    add(browser.at((n % 2 ? a : b).url), `article-${Math.floor(n / ofEach)}`),
  );
  return tally(await Promise.all(additions));
}

test("a user's cart is full with 50 articles, and every addition was taken or refused", async () => {
  const browser = new Browser(a.url);
  await browser.post('/api/v1/signup', { username: 'ada', password: 'correct horse' });
  expect(await addAtOnce(browser, 120)).toEqual({ 200: 50, 409: 70 });
  const held = await items(browser.at(b.url));
  expect(held).toHaveLength(50);
  expect(new Set(held.map(({ quantity }) => quantity))).toEqual(new Set([1]));
});

test("a guest's cart is full with 10 articles; more of these can be added at once", async () => {
  const guest = new Browser(a.url);
  await add(guest, 'article-0');
  expect(await addAtOnce(guest, 60)).toEqual({ 200: 10, 409: 50 });
  expect(await items(guest)).toHaveLength(10);
  const more = (await items(guest)).map(({ sku }, n) => add(guest.at((n % 2 ? a : b).url), sku));
  expect(tally(await Promise.all(more))).toEqual({ 200: 10 });
});

test('a refused addition leaves the cookie and what is stored', async () => {
  const guest = new Browser(a.url);
  await add(guest, 'article-0');
  await addAtOnce(guest, 40);
  const before = await items(guest.at(b.url));
  expect((await add(guest, 'another')).status).toBe(409);
  expect(await items(guest.at(b.url))).toEqual(before);
});
