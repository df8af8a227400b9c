// A Redis whose app user may not send scripts: the throttles' library is loaded by an administrator.

import { afterAll, expect, test } from '@jest/globals';
import { createSessionRedis } from 'merging-redis-store';
import { countInRedis } from '../../../services/app/src/throttling/counter.ts';
import { knownAddressesInRedis } from '../../../services/app/src/throttling/known-addresses.ts';
import { scriptRunner, throttleFunctions } from '../../../services/app/src/throttling/scripts.ts';
import { startRedis } from '../../support/redis.ts';
import { until } from '../../support/wait.ts';

const redis = await startRedis();
afterAll(async () => redis[Symbol.asyncDispose]());

/** What the scripts call, and what a client sends when it connects. */
const inScripts = '+get +set +incrby +pttl +del +zadd +zremrangebyrank +zscore +expire +time';
const rights = (...calls: readonly string[]) =>
  `on >secret resetchannels -@all ~throttle:* ${inScripts} +ping +hello +auth ${calls.join(' ')}`.split(' ');

async function connected(user: string) {
  const url = `redis://${user}:secret@127.0.0.1:${redis.port}`;
  const connection = createSessionRedis({ kind: 'standalone', url }, { onError: () => {} });
  await connection.connect();
  return connection;
}

test.each([
  { scripts: 'eval', named: ['+eval', '+evalsha'] },
  { scripts: 'functions', named: ['+fcall'] },
] as const)('with $scripts the rights named here are enough', async ({ scripts, named }) => {
  await redis.command('FUNCTION', 'LOAD', 'REPLACE', throttleFunctions.text);
  await redis.command('ACL', 'SETUSER', scripts, ...rights(...named));
  await using connection = await connected(scripts);
  const run = scriptRunner(connection.client, scripts);
  const counter = countInRedis(connection.client, run)({ name: `by-${scripts}`, most: 2, seconds: 60 });
  expect([await counter.count('k'), await counter.count('k')]).toEqual([0, 0]);
  expect(await counter.count('k')).toBeGreaterThan(59_000);
  // As a restart of Redis does: the script is sent again.
  await redis.command('SCRIPT', 'FLUSH');
  await counter.giveBack('k');
  expect(await counter.count('k')).toBe(0);
  await counter.reset('k');
  expect(await redis.ask((client) => client.exists(`throttle:by-${scripts}:k`))).toBe(0);

  const known = knownAddressesInRedis(run);
  expect(await known.knows(scripts, 'home')).toBe(false);
  await known.remember(scripts, 'home');
  expect([await known.knows(scripts, 'home'), await known.knows(scripts, 'elsewhere')]).toEqual([
    true,
    false,
  ]);
  for (let n = 0; n < 30; n += 1) await known.remember(scripts, `hotel-${n}`);
  expect(await redis.ask((client) => client.zCard(`throttle:addresses:${scripts}`))).toBe(10);
});

test('a library that is not loaded is an error, and not "nothing was counted"', async () => {
  await redis.command('FUNCTION', 'FLUSH');
  await redis.command('ACL', 'SETUSER', 'functions', ...rights('+fcall'));
  await using connection = await connected('functions');
  const counter = countInRedis(
    connection.client,
    scriptRunner(connection.client, 'functions'),
  )({ name: 'none', most: 2, seconds: 60 });
  await until('the error', async () => {
    const error = await counter.count('k').catch((reason: unknown) => reason);
    return String(error).includes('Function not found');
  });
});

test('what is given back after its window has ended opens no more room in the next one', async () => {
  await using connection = createSessionRedis({ kind: 'standalone', url: redis.url }, { onError: () => {} });
  await connection.connect();
  const run = scriptRunner(connection.client, 'eval');
  const counter = countInRedis(connection.client, run)({ name: 'late', most: 1, seconds: 60 });
  await counter.count('k');
  await redis.command('DEL', 'throttle:late:k');
  await counter.giveBack('k');
  expect(await counter.count('k')).toBe(0);
  expect(await counter.count('k')).toBeGreaterThan(0);
});
