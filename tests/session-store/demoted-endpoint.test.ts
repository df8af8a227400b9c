// An address behind which the server changes while the connections to the old one stay open: a DNS name or a load
// balancer in front of a primary and its replica. What the old server replies says that it must not be asked any more.

import { describe, expect, test } from '@jest/globals';
import { freePort } from '../support/free-port.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { type Relay, startRelay } from '../support/redis-relay.ts';
import { openMergingStore } from '../support/session-stores.ts';
import { until } from '../support/wait.ts';
import { Browser, startApp } from './http-apps.ts';

interface Endpoint extends AsyncDisposable {
  readonly primary: RedisServer;
  readonly replica: RedisServer;
  readonly relay: Relay;
}

/** @param settings of the server that is demoted */
async function startEndpoint(settings: readonly string[] = []): Promise<Endpoint> {
  await using stack = new AsyncDisposableStack();
  // A primary would wait 5 s for further replicas before it sends its data to the first.
  const atOnce = ['--repl-diskless-sync-delay', '0'];
  const primary = stack.use(await startRedis([...settings, ...atOnce]));
  const replica = stack.use(await startRedis(['--replicaof', `127.0.0.1 ${primary.port}`, ...atOnce]));
  await until('the replica is in step', async () =>
    String(await replica.command('INFO', 'replication')).includes('master_link_status:up'),
  );
  const relay = stack.use(await startRelay(primary.port));
  const owned = stack.move();
  return { primary, replica, relay, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** An instance behind the endpoint, with a user who is logged in, and whose session the replica has as well. */
async function startInstance({ relay, replica }: Endpoint) {
  await using stack = new AsyncDisposableStack();
  const events: unknown[] = [];
  const observe = (event: unknown) => void events.push(event);
  const app = stack.use(await startApp(stack.use(await openMergingStore(relay.url, { observe })).store));
  const browser = new Browser();
  expect((await browser.ask(app, 'POST', '/login')).status).toBe(200);
  await until('the replica has the session', async () => (await replica.command('DBSIZE')) === 1);
  const owned = stack.move();
  return { app, browser, events, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

describe('When the server behind an address is demoted and its connections stay open', () => {
  test('the store connects anew: logins work again within 3 s (READONLY)', async () => {
    await using endpoint = await startEndpoint();
    await using instance = await startInstance(endpoint);
    const { primary, replica, relay } = endpoint;
    await replica.command('REPLICAOF', 'NO', 'ONE');
    relay.sendNewConnectionsTo(replica.port);
    await primary.command('REPLICAOF', '127.0.0.1', String(replica.port));
    await until(
      'a login works',
      async () => (await new Browser().ask(instance.app, 'POST', '/login')).status === 200,
      3000,
      () => JSON.stringify(instance.events),
    );
    expect(instance.events).toContainEqual(expect.objectContaining({ type: 'replied', code: 'READONLY' }));
    expect((await instance.browser.ask(instance.app, 'GET', '/me')).body).toEqual({ user: 'ada' });
  });

  test('the same where it serves nothing without its primary (MASTERDOWN)', async () => {
    await using endpoint = await startEndpoint(['--replica-serve-stale-data', 'no']);
    await using instance = await startInstance(endpoint);
    const { primary, replica, relay } = endpoint;
    await replica.command('REPLICAOF', 'NO', 'ONE');
    relay.sendNewConnectionsTo(replica.port);
    await primary.command('REPLICAOF', '127.0.0.1', String(await freePort()));
    await until(
      'the user is known',
      async () => (await instance.browser.ask(instance.app, 'GET', '/me')).status === 200,
      3000,
      () => JSON.stringify(instance.events),
    );
    expect(instance.events).toContainEqual(expect.objectContaining({ type: 'replied', code: 'MASTERDOWN' }));
    expect((await new Browser().ask(instance.app, 'POST', '/login')).status).toBe(200);
  });

  test('the same while it loads the data of its new primary (LOADING)', async () => {
    // A millisecond for each of 6000 keys, and it answers in between.
    const slowly = ['--key-load-delay', '1000', '--loading-process-events-interval-bytes', '1024'];
    await using endpoint = await startEndpoint(slowly);
    await using instance = await startInstance(endpoint);
    const { primary, replica, relay } = endpoint;
    await replica.command('REPLICAOF', 'NO', 'ONE');
    await replica.ask((client) =>
      Promise.all(Array.from({ length: 6000 }, (_, index) => client.set(`other:${index}`, 'x'.repeat(100)))),
    );
    // Without a common history the old primary has to load everything.
    await replica.command('CONFIG', 'SET', 'repl-backlog-size', '16384');
    relay.sendNewConnectionsTo(replica.port);
    await primary.command('REPLICAOF', '127.0.0.1', String(replica.port));
    await until('the old primary loads', async () =>
      String(await primary.command('INFO', 'persistence')).includes('\r\nloading:1'),
    );
    await until(
      'the user is known',
      async () => (await instance.browser.ask(instance.app, 'GET', '/me')).status === 200,
      3000,
      () => JSON.stringify(instance.events),
    );
    expect(instance.events).toContainEqual(expect.objectContaining({ type: 'replied', code: 'LOADING' }));
    expect(String(await primary.command('INFO', 'persistence'))).toContain('\r\nloading:1');
  });
});
