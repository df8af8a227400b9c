// Three instances with the limits of production, and clients of many addresses that guess passwords.

import type { Settings } from '../../support/app.ts';
import { startApp, type TestApp } from '../../support/app.ts';
import { Browser } from '../../support/browser.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';

/** Empty is not set: the app's own defaults. */
export const productionLimits: Settings = {
  THROTTLE_LOGINS_PER_ACCOUNT_AND_ADDRESS: '',
  THROTTLE_LOGINS_PER_ADDRESS: '',
  THROTTLE_LOGINS_PER_ACCOUNT: '',
  THROTTLE_SIGNUPS_PER_ADDRESS: '',
  THROTTLE_GUESTS_PER_ADDRESS: '',
};

export const password = 'correct horse';

export interface ThreeApps extends AsyncDisposable {
  readonly redis: RedisServer;
  readonly postgres: TestPostgres;
  readonly apps: readonly TestApp[];
  /** One request to each instance in turn, as if nginx had taken it from that address. */
  post(path: string, body: unknown, address: string): ReturnType<Browser['post']>;
}

export async function startThreeApps(settings: Settings = {}): Promise<ThreeApps> {
  await using opened = new AsyncDisposableStack();
  const redis = opened.use(await startRedis());
  const postgres = opened.use(await startPostgres());
  const apps: TestApp[] = [];
  for (const name of ['a', 'b', 'c']) {
    const app = await startApp({
      ...productionLimits,
      ...{ SESSION_STRATEGY: 'redis', REDIS_URL: redis.url, DATABASE_URL: postgres.url, INSTANCE_NAME: name },
      // Three instances and hundreds of clients in one process: here it is late, and not Redis.
      STORE_DEADLINE_MS: '5000',
      ...settings,
    });
    apps.push(opened.use(app));
  }
  let turn = 0;
  const owned = opened.move();
  return {
    redis,
    postgres,
    apps,
    post: (path, body, address) => {
      const app = apps[turn++ % apps.length];
      return new Browser(app?.url ?? '').post(path, body, { 'X-Forwarded-For': address });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** How many of each status. */
export function tally(answers: readonly { readonly status: number }[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}
