import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startApp, type TestApp } from '../../support/app.ts';
import { Browser } from '../../support/browser.ts';

const opened = new AsyncDisposableStack();
let app: TestApp;
beforeAll(async () => {
  app = opened.use(await startApp());
});
afterAll(() => opened.disposeAsync());

const addTea = (browser: Browser, key: string) =>
  browser.post('/api/v1/cart/items', { sku: 'tea', quantity: 1 }, { 'Idempotency-Key': key });

test.each([
  ['is empty', ''],
  ['is empty in quotes', '""'],
  ['is longer than 64 characters', 'x'.repeat(65)],
  ['is longer than 64 characters in quotes', `"${'x'.repeat(65)}"`],
  ['has a blank', 'two words'],
  ['is two keys', '"one", "two"'],
  ['is two bare keys', 'one, two'],
  ['ends inside of its quotes', '"one'],
  ['has a quote in it', 'o"ne'],
  ['has a letter beyond ASCII', 'caf\u00e9'],
  ['has a parameter', '"one";a=1'],
])('a key that %s is refused with 400 and begins no session', async (_what, key) => {
  const browser = new Browser(app.url);
  const answer = await addTea(browser, key);
  expect(answer.status).toBe(400);
  expect(answer.body).toMatchObject({ status: 'fail', message: expect.stringContaining('Idempotency-Key') });
  expect(await browser.cookie()).toBe('');
});

test.each([
  ['64 characters', 'x'.repeat(64)],
  ['a UUID', '"8e03978e-40d5-43dd-bc93-6894a57f9324"'],
  ['escaped quotes', '"a \\"quoted\\" \\\\ word"'],
  ['a name that every object has', '__proto__'],
])('a key of %s is accepted', async (_what, key) => {
  const browser = new Browser(app.url);
  expect((await addTea(browser, key)).status).toBe(200);
  const repeat = await addTea(browser, key);
  expect(repeat.headers.get('Idempotency-Replayed')).toBe('true');
  expect(repeat.body).toMatchObject({ data: { items: [{ sku: 'tea', quantity: 1 }] } });
});

test('a key is the same with quotes and without', async () => {
  const browser = new Browser(app.url);
  await addTea(browser, 'order-1');
  const repeat = await addTea(browser, '"order-1"');
  expect(repeat.headers.get('Idempotency-Replayed')).toBe('true');
});
