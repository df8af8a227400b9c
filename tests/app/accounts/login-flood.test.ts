// One client that sends far more logins than can be checked must not keep the others from logging in.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startAppProcess } from '../../support/app.ts';
import { Browser } from '../../support/browser.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';

const password = 'correct horse';
/** Few enough, and the hashes short enough, that the last in the queue is checked long before its client gives up. */
const mayWait = 12;
/** More than may wait and run: the queue is full all the time. */
const atOnce = mayWait + 8;
const opened = new AsyncDisposableStack();
let postgres: TestPostgres;
beforeAll(async () => {
  postgres = opened.use(await startPostgres());
});
afterAll(() => opened.disposeAsync());

/** As if nginx had taken the request from there. */
const from = (address: string) => ({ 'X-Forwarded-For': address });

test('ten others log in while one client floods', async () => {
  await using app = await startAppProcess({
    ...{ DATABASE_URL: postgres.url, HASH_THREADS: '1', HASH_QUEUE: String(mayWait), BCRYPT_ROUNDS: '8' },
    // It is about who is refused, so nobody is refused for having waited.
    HASH_LONGEST_WAIT_MS: '20000',
  });
  const names = Array.from({ length: 10 }, (_, n) => `bystander-${n}`);
  for (const username of names) {
    expect((await new Browser(app.url).post('/api/v1/signup', { username, password })).status).toBe(201);
  }

  let over = false;
  const flood = Array.from({ length: atOnce }, async () => {
    while (!over) {
      const guess = { username: 'bystander-0', password: 'wrong horse' };
      await new Browser(app.url).post('/api/v1/login', guess, from('203.0.113.1'));
    }
  });
  try {
    await sleep(1000);
    const logins = names.map((username, n) =>
      new Browser(app.url).post('/api/v1/login', { username, password }, from(`198.51.100.${n + 1}`)),
    );
    expect((await Promise.all(logins)).map(({ status }) => status)).toEqual(Array(10).fill(200));
  } finally {
    over = true;
    await Promise.all(flood);
  }
}, 60_000);
