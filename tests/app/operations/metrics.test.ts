import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HttpClient } from '../../../services/lab/src/users/http-client.ts';
import { User } from '../../../services/lab/src/users/user.ts';
import type { TestApp } from '../../support/app.ts';
import { startApp } from '../../support/app.ts';
import { freePort } from '../../support/free-port.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';

let postgres: TestPostgres;
let app: TestApp;
let port: number;

beforeAll(async () => {
  postgres = await startPostgres();
  port = await freePort();
  app = await startApp({ DATABASE_URL: postgres.url, METRICS_PORT: String(port), INSTANCE_NAME: 'app-7' });
}, 60_000);
afterAll(async () => {
  await app?.[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
});

async function metric(series: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  return line === undefined ? Number.NaN : Number(line.split(' ').at(-1));
}

test('new sessions, rejected cookies and logins are counted', async () => {
  await using client = new HttpClient(app.url);
  const user = new User(client);
  await user.signUp();
  await user.me();
  expect(await metric('sessions_created_total{served_by="app-7"}')).toBe(1);
  await user.logIn();
  expect(await metric('sessions_created_total{served_by="app-7"}')).toBe(2);
  expect(await metric('logins_total{outcome="ok",served_by="app-7"}')).toBe(1);

  const cookies = await user.copyCookies();
  await user.logOut();
  expect(await metric('sessions_rejected_total{served_by="app-7"}')).toBe(0);
  user.useCookies(cookies);
  await user.me();
  expect(await metric('sessions_rejected_total{served_by="app-7"}')).toBe(1);

  await client.send({
    method: 'POST',
    path: '/api/v1/login',
    json: { username: user.username, password: 'wrong password' },
  });
  expect(await metric('logins_total{outcome="refused",served_by="app-7"}')).toBe(1);
});

test('requests are timed by the pattern of their route, never by their path', async () => {
  await using client = new HttpClient(app.url);
  for (const path of [
    '/api/v1/nothing-1',
    '/api/v1/nothing-2',
    '/livez',
    '/api/v1/cart',
    '/API/v1/protected',
  ])
    await client.send({ method: 'GET', path });
  const times = (route: string, status: number) =>
    metric(
      `http_request_duration_seconds_count{served_by="app-7",method="GET",route="${route}",status="${status}"}`,
    );
  expect(await times('none', 404)).toBe(2);
  expect(await times('/livez', 200)).toBe(1);
  expect(await times('/api/v1/cart', 200)).toBe(1);
  // Refused, so answered by the error handler.
  expect(await times('/api/v1/protected', 401)).toBe(1);
});

test('metrics are on their own port and nowhere else', async () => {
  expect((await fetch(`${app.url}/metrics`)).status).toBe(404);
  expect((await fetch(`http://127.0.0.1:${port}/livez`)).status).toBe(404);
});
