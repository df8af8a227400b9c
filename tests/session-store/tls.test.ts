// TLS to Redis: one server, Sentinel and a Cluster, with certificates that openssl made for the test.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createSessionRedis, type RedisAddress } from 'merging-redis-store';
import { type Certificates, makeCertificates, readPem } from '../support/certificates.ts';
import { startRedis } from '../support/redis.ts';
import { startCluster } from '../support/redis-cluster.ts';
import { startSentinels } from '../support/redis-sentinels.ts';
import { Instance } from '../support/session-requests.ts';
import { openMergingStore } from '../support/session-stores.ts';
import { until } from '../support/wait.ts';
import { load } from './two-instances.ts';

interface Started extends AsyncDisposable {
  readonly address: RedisAddress;
}

async function startOne(certificates: Certificates): Promise<Started> {
  const server = await startRedis([], 'server', certificates);
  const tls = { ca: await readPem(certificates.authority) };
  return {
    address: { kind: 'standalone', url: server.url, tls },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const kinds = [
  { kind: 'one server', start: startOne },
  { kind: 'Sentinel', start: (certificates: Certificates) => startSentinels({ certificates }) },
  { kind: 'a Cluster', start: (certificates: Certificates) => startCluster({ certificates }) },
];

describe.each(kinds)('With TLS to $kind', ({ start }) => {
  const opened = new AsyncDisposableStack();
  let address: RedisAddress;
  beforeAll(async () => {
    const certificates = opened.use(await makeCertificates('IP:127.0.0.1'));
    ({ address } = opened.use(await start(certificates)));
  }, 60_000);
  afterAll(() => opened.disposeAsync());

  test('two instances share sessions, also after a new connection', async () => {
    await using a = await openMergingStore(address);
    await using b = await openMergingStore(address);
    const [one, other] = [new Instance(a.store), new Instance(b.store)];
    // Enough of them that each node of a cluster has some.
    for (let user = 0; user < 12; user++) {
      const request = one.newRequest();
      request.session.user = user;
      await request.save();
      const found = await load(other, request.id);
      expect(found.content).toEqual({ user });
      found.session.more = true;
      await found.save();
      expect((await load(one, request.id)).content).toEqual({ user, more: true });
    }
    const { connection, store } = b;
    connection.reconnect();
    await until('the store answers on the new connection', () => store.ping().then(() => true));
  });

  test('an authority that is not trusted is refused', async () => {
    await using others = await makeCertificates('IP:127.0.0.1');
    const ca = await readPem(others.authority);
    expect(await failureOf({ ...address, tls: { ca } })).toEqual({
      codes: expect.arrayContaining([expect.stringMatching(/UNABLE_TO_VERIFY|SELF_SIGNED|SIGNATURE/)]),
      wasReady: false,
      isConnected: false,
    });
  });

  test('without an authority of its own, those of Node are trusted alone', async () => {
    expect(await failureOf({ ...address, tls: {} })).toMatchObject({
      codes: expect.arrayContaining([expect.stringMatching(/UNABLE_TO_VERIFY|SELF_SIGNED/)]),
      isConnected: false,
    });
  });

  test('a certificate for another host is refused', async () => {
    // The same servers; the certificate is for 127.0.0.1 alone.
    const byName = changed(address, (text) => text.replace('127.0.0.1', 'localhost'));
    expect(await failureOf(byName)).toEqual({
      codes: expect.arrayContaining(['ERR_TLS_CERT_ALTNAME_INVALID']),
      wasReady: false,
      isConnected: false,
    });
  });

  test('a plain connection gets nowhere', async () => {
    expect(await failureOf(plain(address))).toMatchObject({ wasReady: false, isConnected: false });
  });
});

describe('A certificate for a host name is enough', () => {
  const byName = (address: RedisAddress) =>
    changed(address, (text) => text.replace('127.0.0.1', 'localhost'));
  const announced = [
    '--cluster-announce-hostname',
    'localhost',
    '--cluster-preferred-endpoint-type',
    'hostname',
  ];
  const startByName = [
    {
      kind: 'Sentinel',
      start: (certificates: Certificates) => startSentinels({ certificates, byName: true }),
    },
    {
      kind: 'a Cluster',
      start: (certificates: Certificates) => startCluster({ certificates, settings: announced }),
    },
  ];

  test.each(startByName)(
    'where the servers announce host names: $kind',
    async ({ start }) => {
      await using certificates = await makeCertificates('DNS:localhost');
      await using started = await start(certificates);
      await using opened = await openMergingStore(byName(started.address));
      const instance = new Instance(opened.store);
      for (let user = 0; user < 12; user++) {
        const request = instance.newRequest();
        request.session.user = user;
        await request.save();
        expect((await load(instance, request.id)).content).toEqual({ user });
      }
    },
    60_000,
  );
});

/** The same servers, by other URLs and hosts. */
function changed(address: RedisAddress, change: (text: string) => string): RedisAddress {
  switch (address.kind) {
    case 'standalone':
      return { ...address, url: change(address.url) };
    case 'cluster':
      return { ...address, urls: address.urls.map(change) };
    case 'sentinel':
      return {
        ...address,
        sentinels: address.sentinels.map(({ host, port }) => ({ host: change(host), port })),
      };
  }
}

function plain(address: RedisAddress): RedisAddress {
  const { tls: _, ...rest } = changed(address, (text) => text.replace(/^rediss:/, 'redis:'));
  return rest;
}

/** The errors of a connection that is tried again and again, and whether it was ever usable. */
async function failureOf(address: RedisAddress) {
  const errors: Error[] = [];
  let wasReady = false;
  const onReady = () => {
    wasReady = true;
  };
  const connection = createSessionRedis(address, { onError: (error) => errors.push(error), onReady });
  const connected = connection.connect().then(
    () => true,
    () => false,
  );
  await until('the connection was tried three times', () => errors.length > 2);
  await connection.close();
  return { codes: errors.flatMap(codesOf), wasReady, isConnected: await connected };
}

/** Of an error and what it was made from: clients of Sentinel and of a Cluster wrap what their nodes said. */
function codesOf(error: unknown): string[] {
  if (typeof error !== 'object' || error === null) return [];
  const others = 'errors' in error && Array.isArray(error.errors) ? error.errors : [];
  return [
    ...('code' in error ? [String(error.code)] : []),
    ...('cause' in error ? codesOf(error.cause) : []),
    ...others.flatMap(codesOf),
  ];
}
