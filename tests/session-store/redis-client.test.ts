import { describe, expect, test } from '@jest/globals';
import { createSessionRedis, type RedisAddress } from '../../services/session-store/src/redis-client.ts';
import { reconnectDelayMs } from '../../services/session-store/src/replaceable-client.ts';
import { freePort } from '../support/free-port.ts';
import { startRedis } from '../support/redis.ts';
import { until } from '../support/wait.ts';

describe('The pause before a new connection', () => {
  test('doubles from 50 ms to 400 ms, and half of it is random', () => {
    for (const [retries, longest] of [50, 100, 200, 400, 400, 400].entries()) {
      const pauses = Array.from({ length: 200 }, () => reconnectDelayMs(retries));
      expect(Math.max(...pauses)).toBeLessThanOrEqual(longest);
      expect(Math.min(...pauses)).toBeGreaterThanOrEqual(longest / 2);
      expect(new Set(pauses).size).toBeGreaterThan(100);
    }
    expect(reconnectDelayMs(100_000)).toBeLessThanOrEqual(400);
  });
});

const nowhere = async (): Promise<RedisAddress[]> => {
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  return [
    { kind: 'standalone', url },
    { kind: 'sentinel', name: 'sessions', sentinels: [{ host: '127.0.0.1', port }] },
    { kind: 'cluster', urls: [url] },
  ];
};

describe('A connection to a Redis that is not there', () => {
  test('is tried again and again, reports each failure, and ends when it is closed, with each kind of client', async () => {
    for (const address of await nowhere()) {
      const errors: Error[] = [];
      const connection = createSessionRedis(address, { onError: (error) => errors.push(error) });
      const connecting = connection.connect();
      const end = Promise.allSettled([connecting]);
      await until(`${address.kind} tried several times`, () => errors.length > 2);
      await connection.close();
      expect(await end).toMatchObject([{ status: 'rejected' }]);
      const { length } = errors;
      await connection.close();
      connection.reconnect();
      expect(errors.length).toBe(length);
    }
  });

  test('is made when Redis starts', async () => {
    await using redis = await startRedis();
    await redis.kill();
    await using connection = createSessionRedis(
      { kind: 'standalone', url: redis.url },
      { onError: () => undefined },
    );
    const connected = connection.connect();
    await redis.start();
    await connected;
  });

  test('is refused for an address of another protocol', () => {
    expect(() =>
      createSessionRedis({ kind: 'standalone', url: 'http://localhost' }, { onError: () => undefined }),
    ).toThrow('http:');
  });
});

test('A connection logs in with the password of its address', async () => {
  await using redis = await startRedis();
  await redis.command('ACL', 'SETUSER', 'sessions', 'on', '>p@ss/word', '~*', '+@all');
  await using connection = createSessionRedis(
    {
      kind: 'standalone',
      url: `redis://sessions:${encodeURIComponent('p@ss/word')}@127.0.0.1:${redis.port}`,
    },
    { onError: () => undefined },
  );
  await connection.connect();
  const commands = connection.client.withCommandOptions({ timeout: 0, typeMapping: {} });
  expect(await commands.exists('none')).toBe(0);
});
