import { afterAll, expect, test } from '@jest/globals';
import { startApp } from '../../support/app.ts';
import { Browser } from '../../support/browser.ts';
import { password, productionLimits, startThreeApps, tally } from './guesses.ts';

const three = await startThreeApps();
const { post, postgres } = three;
afterAll(async () => three[Symbol.asyncDispose]());

const inParallel = <T>(count: number, work: (n: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, n) => work(n)));

test('one client makes 30 accounts in an hour, and the next client is not concerned', async () => {
  const answers = await inParallel(60, (n) =>
    post('/api/v1/signup', { username: `many-${n}`, password }, '192.0.2.1'),
  );
  expect(tally(answers)).toEqual({ 201: 30, 429: 30 });
  expect(await postgres.ask(`SELECT FROM users WHERE username LIKE 'many-%'`)).toHaveLength(30);
  expect((await post('/api/v1/signup', { username: 'another', password }, '192.0.2.2')).status).toBe(201);
});

test('a username that is taken counts, so that nobody learns many of them', async () => {
  const taken = { username: 'taken', password };
  expect((await post('/api/v1/signup', taken, '192.0.2.3')).status).toBe(201);
  const answers = await inParallel(60, () => post('/api/v1/signup', taken, '192.0.2.4'));
  expect(tally(answers)).toEqual({ 409: 30, 429: 30 });
});

test('a body that is refused does not count', async () => {
  const answers = await inParallel(40, () => post('/api/v1/signup', { username: 'x' }, '192.0.2.5'));
  expect(tally(answers)).toEqual({ 400: 40 });
  expect((await post('/api/v1/signup', { username: 'valid', password }, '192.0.2.5')).status).toBe(201);
});

test('without Redis each instance counts for itself: two let through twice as much', async () => {
  const settings = { ...productionLimits, SESSION_STRATEGY: 'memory', DATABASE_URL: postgres.url };
  await using a = await startApp(settings);
  await using b = await startApp(settings);
  const guess = { username: 'ada', password: 'wrong horse' };
  const answers = await inParallel(60, (n) =>
    new Browser((n % 2 ? a : b).url).post('/api/v1/login', guess, { 'X-Forwarded-For': '192.0.2.6' }),
  );
  expect(tally(answers)).toEqual({ 401: 20, 429: 40 });
});
