import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { TestApp } from '../../support/app.ts';
import { startApp } from '../../support/app.ts';
import { Browser } from '../../support/browser.ts';

const opened = new AsyncDisposableStack();
let app: TestApp;
beforeAll(async () => {
  app = opened.use(await startApp());
});
afterAll(() => opened.disposeAsync());

const add = (browser: Browser, sku: unknown, quantity: unknown) =>
  browser.post('/api/v1/cart/items', { sku, quantity });
const cart = (...items: [sku: string, quantity: number][]) => ({
  status: 'success',
  data: { items: items.map(([sku, quantity]) => ({ sku, quantity })) },
});

describe("a guest's cart", () => {
  test('begins empty', async () => {
    expect((await new Browser(app.url).get('/api/v1/cart')).body).toEqual(cart());
  });

  test('keeps what was put there, in that order, and adds up what is the same', async () => {
    const browser = new Browser(app.url);
    await add(browser, 'pear', 1);
    await add(browser, 'apple', 2);
    expect((await add(browser, 'pear', 4)).body).toEqual(cart(['pear', 5], ['apple', 2]));
    expect((await browser.get('/api/v1/cart')).body).toEqual(cart(['pear', 5], ['apple', 2]));
  });

  test('lets an article be removed, also one that is not there', async () => {
    const browser = new Browser(app.url);
    await add(browser, 'pear', 1);
    await add(browser, 'apple', 1);
    const remove = () => browser.send('DELETE', '/api/v1/cart/items/pear');
    for (const answer of [await remove(), await remove()]) {
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual(cart(['apple', 1]));
    }
  });

  test('holds at most 99 of an article', async () => {
    const browser = new Browser(app.url);
    expect((await add(browser, 'pear', 99)).status).toBe(200);
    expect((await add(browser, 'pear', 1)).status).toBe(409);
    expect((await browser.get('/api/v1/cart')).body).toEqual(cart(['pear', 99]));
  });

  test('takes several articles at once, all of them or none', async () => {
    const browser = new Browser(app.url);
    const addAll = (...items: [sku: string, quantity: unknown][]) =>
      browser.post(
        '/api/v1/cart/items',
        items.map(([sku, quantity]) => ({ sku, quantity })),
      );
    expect((await addAll(['pear', 98], ['apple', 1], ['pear', 1])).body).toEqual(
      cart(['pear', 99], ['apple', 1]),
    );
    expect((await addAll(['plum', 1], ['pear', 1])).status).toBe(409);
    expect((await addAll(['plum', 1], ['fig', 0])).body).toMatchObject({ fields: [{ field: '1.quantity' }] });
    expect((await addAll()).status).toBe(400);
    expect((await browser.get('/api/v1/cart')).body).toEqual(cart(['pear', 99], ['apple', 1]));
  });

  test('holds at most 10 articles', async () => {
    const browser = new Browser(app.url);
    for (let i = 0; i < 10; i += 1) expect((await add(browser, `article-${i}`, 1)).status).toBe(200);
    const refused = await add(browser, 'article-10', 1);
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({
      message: 'The cart holds at most 10 different articles. After a login it holds 50.',
    });
    expect((await add(browser, 'article-9', 1)).status).toBe(200);
  });
});

test.each([
  ['sku', '', 1],
  ['sku', 'x'.repeat(65), 1],
  ['sku', 'two words', 1],
  ['sku', '__proto__', 1],
  ['sku', 'a\0', 1],
  ['sku', '../a', 1],
  ['sku', ['a'], 1],
  ['sku', undefined, 1],
  ['quantity', 'a', 0],
  ['quantity', 'a', 100],
  ['quantity', 'a', 1.5],
  ['quantity', 'a', '1'],
  ['quantity', 'a', null],
])(
  'a line whose %s is wrong (%j, %j) is refused with its name, and begins no session',
  async (field, sku, quantity) => {
    const browser = new Browser(app.url);
    const answer = await add(browser, sku, quantity);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ status: 'fail', fields: [{ field, message: expect.any(String) }] });
    expect(await browser.cookie()).toBe('');
  },
);

test('names of what every object has are articles like any other', async () => {
  const browser = new Browser(app.url);
  await add(browser, 'constructor', 1);
  expect((await add(browser, 'toString', 2)).body).toEqual(cart(['constructor', 1], ['toString', 2]));
});
