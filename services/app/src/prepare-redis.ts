// Loads the functions that instances with REDIS_SCRIPTS=functions call, once, before they start:
// `node services/app/src/prepare-redis.ts`. On each primary of a cluster; again after one was added without them. Loading
// what is there already changes nothing.

import {
  createSessionRedis,
  type FunctionLibrary,
  loadFunctions,
  sessionFunctions,
} from 'merging-redis-store';
import pTimeout from 'p-timeout';
import { ConfigError, readRedisAdminAddress } from './config.ts';
import { throttleFunctions } from './throttling/scripts.ts';

const libraries: readonly FunctionLibrary[] = [sessionFunctions, throttleFunctions];

const deadlineMs = 10_000;

try {
  const address = readRedisAdminAddress(process.env);
  let firstError: Error | undefined;
  await using redis = createSessionRedis(address, {
    onError: (error) => {
      firstError ??= error;
    },
  });
  const load = async () => {
    await redis.connect();
    return loadFunctions(redis.client, libraries);
  };
  const loaded = await pTimeout(load(), { milliseconds: deadlineMs }).catch((error: unknown) => {
    throw firstError ?? error;
  });
  const names = libraries.map(({ name }) => name);
  if (process.env.LOG_FORMAT !== 'short') {
    console.log(JSON.stringify({ msg: 'prepared Redis', loaded, libraries: names }));
  } else if (loaded.length > 0) console.log(`prepared Redis: ${loaded.length} libraries of functions`);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  for (const problem of error.problems) process.stderr.write(`${problem}\n`);
  process.exitCode = 78;
}
