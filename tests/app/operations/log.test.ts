import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { TestApp } from '../../support/app.ts';
import { startApp } from '../../support/app.ts';
import { Browser, sessionIdOf } from '../../support/browser.ts';
import { until } from '../../support/wait.ts';

const opened = new AsyncDisposableStack();
let app: TestApp;
beforeAll(async () => {
  app = opened.use(await startApp({ INSTANCE_NAME: 'app-7', LOG_LEVEL: 'debug' }));
});
afterAll(() => opened.disposeAsync());

const lineOf = (requestId: string | null) =>
  until('the request is logged', () => app.log().find((line) => line.requestId === requestId));

test('each request is one line: the client, the request and the status', async () => {
  const answer = await new Browser(app.url).get('/api/v1/me?token=secret', {
    'X-Forwarded-For': '203.0.113.9',
  });
  expect(await lineOf(answer.headers.get('X-Request-Id'))).toEqual({
    level: 30,
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    instance: 'app-7',
    requestId: answer.headers.get('X-Request-Id'),
    method: 'GET',
    path: '/api/v1/me',
    status: 401,
    client: '203.0.113.9',
    ms: expect.any(Number),
    msg: 'answered',
  });
});

test('a session is logged as a tag that is of no use to log in', async () => {
  const browser = new Browser(app.url);
  const first = await browser.post('/api/v1/cart/items', { sku: 'apple', quantity: 1 });
  const second = await browser.get('/api/v1/cart');
  const tags = [first, second].map(
    async ({ headers }) => (await lineOf(headers.get('X-Request-Id'))).session,
  );
  const [one, two] = await Promise.all(tags);
  expect(one).toMatch(/^[\w-]{8}$/);
  expect(two).toBe(one);
  expect(sessionIdOf(await browser.cookie())).not.toContain(one);
});

test('no password, cookie or header ever gets into the log', async () => {
  const browser = new Browser(app.url);
  await browser.post('/api/v1/cart/items', { sku: 'apple', quantity: 1 });
  const cookie = await browser.cookie();
  const headers = { Cookie: cookie, Authorization: 'Bearer hunter2' };
  await browser.post('/api/v1/login', { username: 'ann', password: 'hunter2' }, headers);
  await browser.post('/api/v1/login', '{"password":"hunter2', headers);
  await browser.get('/nothing?password=hunter2', headers);
  const logged = JSON.stringify(app.log());
  expect(app.log().filter(({ path }) => path === '/api/v1/login')).toHaveLength(2);
  expect(logged).not.toContain('hunter2');
  expect(logged).not.toContain(cookie.split('=')[1]);
  expect(logged).not.toContain(sessionIdOf(cookie));
});

test('an outage is logged with its reason, in one line without a stack, and answered without', async () => {
  const answer = await new Browser(app.url).post('/api/v1/login', { username: 'ann', password: 'x' });
  expect(answer.body).toEqual({ status: 'error', message: expect.not.stringContaining('ECONN') });
  const line = await lineOf(answer.headers.get('X-Request-Id'));
  expect(line).toMatchObject({
    level: 40,
    status: 503,
    msg: 'failed',
    reason: expect.stringContaining('ECONNREFUSED'),
  });
  expect(JSON.stringify(line)).not.toContain('node_modules');
});

test('a request id is taken over from the proxy, and from nobody else', async () => {
  const headers = { 'X-Request-Id': 'given-by-the-proxy' };
  const answer = await new Browser(app.url).get('/livez', headers);
  expect(answer.headers.get('X-Request-Id')).toBe('given-by-the-proxy');
  const malformed = await new Browser(app.url).get('/livez', { 'X-Request-Id': '"}{' });
  expect(malformed.headers.get('X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/);
  await using open = await startApp({ TRUST_PROXY: '10.0.0.0/8' });
  const unknown = await new Browser(open.url).get('/livez', headers);
  expect(unknown.headers.get('X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/);
});
