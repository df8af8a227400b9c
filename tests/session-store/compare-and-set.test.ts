import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createClient } from 'redis';
import { compareAndSet } from '../../services/session-store/src/compare-and-set.ts';
import type { SessionCommands } from '../../services/session-store/src/redis-commands.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';

const opened = new AsyncDisposableStack();
let redis: RedisServer;
let commands: SessionCommands;
/** What was sent: the command and the words that follow the key. */
let sent: (readonly [string, ...string[]])[];
beforeAll(async () => {
  redis = opened.use(await startRedis());
  const client = createClient({ url: redis.url, disableOfflineQueue: true });
  client.on('error', () => undefined);
  await client.connect();
  opened.defer(() => client.destroy());
  const recorded = <K extends 'eval' | 'evalSha'>(name: K): SessionCommands[K] => {
    return (script, options) => {
      sent.push([name, ...options.arguments]);
      return client[name](script, options);
    };
  };
  commands = Object.assign(Object.create(client), { eval: recorded('eval'), evalSha: recorded('evalSha') });
});
beforeEach(async () => {
  await redis.command('FLUSHALL');
  sent = [];
});
afterAll(() => opened.disposeAsync());

const key = 'sess:one';
const put = (text: string) => redis.command('SET', key, text, 'PX', '60000');
const present = () => redis.command('GET', key);
const ttlMs = async () => Number(await redis.command('PTTL', key));

describe.each([
  ['a short text', 'before'],
  ['a text of the longest length that is sent', 'ü'.repeat(4096)],
  ['a text that is compared by its SHA-1', 'ü'.repeat(4097)],
])('Where Redis holds the expected text, %s,', (_, before) => {
  test('a new one and its time to live replace it', async () => {
    await put(before);
    const write = { key, expected: before, text: 'after', ttlMs: 120_000 };
    expect(await compareAndSet(commands, write)).toEqual({ outcome: 'stored' });
    expect(await present()).toBe('after');
    expect(await ttlMs()).toBeGreaterThan(110_000);
  });

  test('a new one without a time to live keeps the remaining one', async () => {
    await put(before);
    expect(await compareAndSet(commands, { key, expected: before, text: 'after' })).toEqual({
      outcome: 'stored',
    });
    expect(await present()).toBe('after');
    expect(await ttlMs()).toBeGreaterThan(50_000);
    expect(await ttlMs()).toBeLessThanOrEqual(60_000);
  });

  test('a time to live alone leaves it there', async () => {
    await put(before);
    expect(await compareAndSet(commands, { key, expected: before, ttlMs: 120_000 })).toEqual({
      outcome: 'stored',
    });
    expect(await present()).toBe(before);
    expect(await ttlMs()).toBeGreaterThan(110_000);
  });

  test('it is the answer where it is not what was expected, and stays', async () => {
    await put(before);
    for (const expected of ['', 'x'.repeat(4096), 'x'.repeat(4097)]) {
      const write = { key, expected, text: 'after', ttlMs: 120_000 };
      expect(await compareAndSet(commands, write)).toEqual({ outcome: 'changed', text: before });
    }
    expect(await present()).toBe(before);
    expect(await ttlMs()).toBeLessThanOrEqual(60_000);
  });
});

test('Where Redis holds nothing, nothing is written', async () => {
  expect(await compareAndSet(commands, { key, expected: '', text: 'after' })).toEqual({ outcome: 'gone' });
  expect(await compareAndSet(commands, { key, expected: '', ttlMs: 1000 })).toEqual({ outcome: 'gone' });
  expect(await present()).toBeNull();
});

test('An expected text of more than 4096 characters is not sent', async () => {
  await put('x'.repeat(4096));
  await compareAndSet(commands, { key, expected: 'x'.repeat(4096), text: 'x'.repeat(4097), ttlMs: 1000 });
  await compareAndSet(commands, { key, expected: 'x'.repeat(4097), text: 'x' });
  const lengths = sent.filter(([name]) => name === 'evalSha').map(([, expected = '']) => expected.length);
  expect(lengths).toEqual([4096, 40]);
  expect(await present()).toBe('x');
});

test('The script is sent where Redis does not know it, and then no more', async () => {
  await redis.command('SCRIPT', 'FLUSH');
  await put('before');
  await compareAndSet(commands, { key, expected: 'before', text: 'after' });
  await compareAndSet(commands, { key, expected: 'after', text: 'later' });
  expect(sent.map(([name]) => name)).toEqual(['evalSha', 'eval', 'evalSha']);
  expect(await present()).toBe('later');
});

test('Another error is passed on, and nothing is sent again', async () => {
  await redis.command('RPUSH', key, 'a list');
  await compareAndSet(commands, { key: 'sess:two', expected: '' });
  sent = [];
  await expect(compareAndSet(commands, { key, expected: 'before', text: 'after' })).rejects.toThrow(
    'WRONGTYPE',
  );
  expect(sent.map(([name]) => name)).toEqual(['evalSha']);
});
