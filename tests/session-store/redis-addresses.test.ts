// Addresses of Sentinel and of a cluster: their user and password, and from which nodes a cluster is learned.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createSessionRedis, type RedisAddress } from 'merging-redis-store';
import { freePort } from '../support/free-port.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { startSentinels } from '../support/redis-sentinels.ts';
import { until } from '../support/wait.ts';

const credentials = { username: 'sessions', password: 'p@ss/word' };

const addUser = (redis: RedisServer) =>
  redis.command('ACL', 'SETUSER', 'sessions', 'on', '>p@ss/word', '~*', '+@all');

/** The users of the connections that a server has, apart from the one that asks. */
async function usersOn(redis: RedisServer): Promise<string[]> {
  const clients = String(await redis.command('CLIENT', 'LIST'));
  return Array.from(clients.matchAll(/ cmd=(?!client)\S+ user=(\S+)/g), ([, user = '']) => user);
}

async function connect(address: RedisAddress) {
  const errors: Error[] = [];
  const connection = createSessionRedis(address, { onError: (error) => errors.push(error) });
  const connected = connection.connect();
  return {
    ...connection,
    connected,
    errors,
    exists: () => connection.client.withCommandOptions({ timeout: 0, typeMapping: {} }).exists('none'),
  };
}

test('Sentinel’s address logs in to the servers with its user, and to the sentinels without', async () => {
  await using sentinels = await startSentinels();
  for (const server of [sentinels.primary, sentinels.replica]) await addUser(server);
  await using connection = await connect({ ...sentinels.address, ...credentials });
  await connection.connected;
  expect(await connection.exists()).toBe(0);
  expect(await usersOn(sentinels.primary)).toContain('sessions');
});

describe('A cluster', () => {
  const opened = new AsyncDisposableStack();
  let node: RedisServer;
  beforeAll(async () => {
    const ports = ['--cluster-port', String(await freePort())];
    node = opened.use(await startRedis(['--cluster-enabled', 'yes', ...ports]));
    await node.command('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    await until('it serves', async () =>
      String(await node.command('CLUSTER', 'INFO')).includes('cluster_state:ok'),
    );
  });
  afterAll(() => opened.disposeAsync());

  test('is logged in to with the user of its address', async () => {
    await addUser(node);
    await using connection = await connect({ kind: 'cluster', urls: [node.url], ...credentials });
    await connection.connected;
    expect(await connection.exists()).toBe(0);
    expect(await usersOn(node)).toEqual(['sessions']);
  });

  test.each([
    ['where there is no other', '127.0.0.1'],
    ['where its host is an IPv6 address', '::1'],
    ['where it does not say its host', ''],
  ])('is learned anew when its only node is to be avoided, %s', async (_, host) => {
    await node.command('CONFIG', 'SET', 'cluster-announce-ip', host);
    await using connection = await connect({ kind: 'cluster', urls: [node.url] });
    await connection.connected;
    const { slots } = connection.client;
    expect(connection.client.masters).toMatchObject([{ address: `${host}:${node.port}` }]);
    for (const avoid of [`${host}:${node.port}`, '']) {
      connection.reconnect(avoid);
      await until('there is a new connection', () => connection.client.slots !== slots);
    }
    expect(connection.errors).toEqual([]);
  });

  test('is tried again until one of its nodes is there', async () => {
    await node.kill();
    await using connection = await connect({ kind: 'cluster', urls: [node.url] });
    const notFound = () => connection.errors.filter(({ message }) => /root nodes/i.test(message)).length;
    await until('it was tried twice', () => notFound() >= 2);
    await node.start();
    await connection.connected;
    expect(await until('it serves again', () => connection.exists())).toBe(0);
  });
});
