import { type Settings, startApp, type TestApp } from './app.ts';
import { startPostgres, type TestPostgres } from './postgres.ts';
import { type RedisServer, startRedis } from './redis.ts';

export interface TwoApps extends AsyncDisposable {
  readonly redis: RedisServer;
  readonly postgres: TestPostgres;
  readonly a: TestApp;
  readonly b: TestApp;
}

/** Two instances of the app on one Redis and one Postgres. @param more settings that both have */
export async function startTwoApps(more: Settings = {}): Promise<TwoApps> {
  await using opened = new AsyncDisposableStack();
  const redis = opened.use(await startRedis());
  const postgres = opened.use(await startPostgres());
  const settings = { SESSION_STRATEGY: 'redis', REDIS_URL: redis.url, DATABASE_URL: postgres.url, ...more };
  const a = opened.use(await startApp({ ...settings, INSTANCE_NAME: 'a' }));
  const b = opened.use(await startApp({ ...settings, INSTANCE_NAME: 'b' }));
  const owned = opened.move();
  return { redis, postgres, a, b, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
