// What happens when what the app depends on fails (ASVS sections V16.3 and V16.5): nobody gets in, nobody is put out.

import { afterAll, beforeAll, expect, jest } from '@jest/globals';
import { until } from '../support/wait.ts';
import { requirement } from './requirement.ts';
import { newName, type Site, startSite, statusesOf } from './site.ts';

jest.setTimeout(90_000);

let site: Site;
beforeAll(async () => {
  site = await startSite();
}, 60_000);
afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
});

const inside = /node_modules|\.[jt]s:\d|127\.0\.0\.1|ECONN|postgres|redis|bcrypt|select |stack/i;

/** Redis does not answer while the task runs. */
async function withoutRedis(task: () => Promise<void>): Promise<void> {
  await site.fleet.redis.pause();
  try {
    await task();
  } finally {
    await site.fleet.redis.resume();
  }
}

/** Postgres is not there while the task runs. */
async function withoutPostgres(task: () => Promise<void>): Promise<void> {
  await site.fleet.postgres.stop();
  try {
    await task();
  } finally {
    await site.fleet.postgres.start();
  }
}

async function untilWell(cookie: string): Promise<void> {
  await until('all instances know the user again', async () =>
    (await statusesOf(site, cookie)).every((status) => status === 200),
  );
}

requirement(
  'V16.3.4',
  'a Redis that does not answer is an event on every instance, and so is its return',
  async () => {
    const { browser } = await site.user();
    const cookie = await browser.cookie();
    const withEvent = async (event: string) => {
      // An instance finds out with its next requests.
      await statusesOf(site, cookie);
      const lines = (await site.log()).filter((line) => line.event === event);
      return new Set(lines.map(({ instance }) => instance)).size === site.instances.length;
    };
    await withoutRedis(async () => {
      await until('every instance says that Redis is down', () => withEvent('store_down'));
    });
    await until('every instance says that Redis is back', () => withEvent('store_back'));
    const answered = (await site.log()).filter(({ status }) => status === 503);
    expect(answered.filter(({ reason }) => typeof reason !== 'string')).toEqual([]);
    await untilWell(cookie);
  },
);

requirement('V16.5.1', 'an answer to a failure tells nothing about the inside', async () => {
  const { browser, credentials } = await site.user();
  const cookie = await browser.cookie();
  await withoutPostgres(async () => {
    for (const path of ['/api/v1/login', '/api/v1/signup']) {
      const body = { ...credentials, ...(path.endsWith('signup') && { username: newName() }) };
      for (const answer of await site.everywhere(() => site.visitor().post(path, body))) {
        expect(answer.status).toBeGreaterThanOrEqual(500);
        expect(answer.body).toEqual({ status: 'error', message: expect.not.stringMatching(inside) });
      }
    }
  });
  await withoutRedis(async () => {
    for (const answer of await site.everywhere(() => site.visitor().get('/api/v1/me', { Cookie: cookie }))) {
      expect(answer.body).toEqual({ status: 'error', message: expect.not.stringMatching(inside) });
    }
  });
  await untilWell(cookie);
});

requirement(
  'V16.5.2',
  'without Redis the answer is 503 within a second and nobody is logged out',
  async () => {
    const { browser, credentials } = await site.user();
    const cookie = await browser.cookie();
    await withoutRedis(async () => {
      const began = performance.now();
      const answers = await site.everywhere(() => site.visitor().get('/api/v1/me', { Cookie: cookie }));
      expect((performance.now() - began) / answers.length).toBeLessThan(1000);
      for (const { status, headers } of answers) {
        expect([status, headers.get('Retry-After'), headers.getSetCookie()]).toEqual([503, '1', []]);
      }
    });
    await untilWell(cookie);
    await withoutPostgres(async () => expect(await statusesOf(site, cookie)).toEqual([200, 200, 200]));
    await until('logins work again', async () => {
      const logins = await site.everywhere(() => site.visitor().post('/api/v1/login', credentials));
      return logins.every(({ status }) => status === 200);
    });
  },
);

requirement('V16.5.3', 'a failure never lets anybody in', async () => {
  const { browser, credentials } = await site.user();
  const cookie = await browser.cookie();
  await withoutRedis(async () => {
    expect(await statusesOf(site, cookie)).toEqual([503, 503, 503]);
    for (const answer of await site.everywhere(() => site.visitor().post('/api/v1/login', credentials))) {
      expect([answer.status, answer.headers.getSetCookie()]).toEqual([503, []]);
    }
    // Nor does anybody get more guesses while nothing can be counted.
    const wrong = { ...credentials, password: 'not the right one' };
    for (const answer of await site.everywhere(() => site.visitor().post('/api/v1/login', wrong))) {
      expect([answer.status, answer.headers.getSetCookie()]).toEqual([503, []]);
    }
  });
  await untilWell(cookie);
  await withoutPostgres(async () => {
    for (const answer of await site.everywhere(() => site.visitor().post('/api/v1/login', credentials))) {
      expect([answer.status >= 500, answer.headers.getSetCookie()]).toEqual([true, []]);
    }
  });
});

requirement(
  'V16.5.4',
  'an error that nobody expected is a logged 5xx, and the instance goes on',
  async () => {
    const { browser, credentials } = await site.user();
    let failed: readonly (string | null)[] = [];
    await withoutPostgres(async () => {
      const answers = await site.everywhere(() => site.visitor().post('/api/v1/login', credentials));
      failed = answers.map(({ headers }) => headers.get('X-Request-Id'));
    });
    const lines = await until('each failure is a line', async () => {
      const found = (await site.log()).filter(({ requestId }) => failed.some((id) => id === requestId));
      return found.length >= site.instances.length && found;
    });
    for (const { err, reason } of lines) expect(err ?? reason).toBeDefined();
    // The same three, and not others that have taken over.
    expect(await statusesOf(site, await browser.cookie())).toEqual([200, 200, 200]);
  },
);
