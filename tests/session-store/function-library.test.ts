// The store's scripts as functions of a library that is loaded beforehand.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { SessionData } from 'express-session';
import {
  loadFunctions,
  MergingRedisStore,
  newSessionId,
  type OwnersOption,
  SessionGone,
  SessionRevoked,
  SessionStoreUnavailable,
  sessionFunctions,
} from 'merging-redis-store';
import { commandsDuring } from '../support/redis-commands.ts';
import { startSentinels } from '../support/redis-sentinels.ts';
import { Instance } from '../support/session-requests.ts';
import { openMergingStore } from '../support/session-stores.ts';
import { until } from '../support/wait.ts';
import { load, TwoInstances } from './two-instances.ts';

const owners: OwnersOption = {
  ownerOf: (session: SessionData) => {
    const { user, epoch } = session as SessionData & { user?: string; epoch?: number };
    return user === undefined ? undefined : { id: user, epoch };
  },
  longestMs: 3_600_000,
  maxSessions: 2,
};
const options = { scripts: 'functions', owners, touchAfter: 0 } as const;

const opened = new AsyncDisposableStack();
let two: TwoInstances;
beforeAll(async () => {
  two = opened.use(await TwoInstances.open(options));
});
afterAll(() => opened.disposeAsync());

async function logIn(instance: Instance, user: string, epoch = 0) {
  const request = instance.newRequest(newSessionId(user));
  Object.assign(request.session, { user, epoch });
  await request.save();
  return request;
}

test('Where the library is missing, reads are served, and readiness and what needs it say so', async () => {
  const guest = two.a.newRequest();
  guest.session.page = 1;
  await guest.save();
  expect((await load(two.b, guest.id)).content).toEqual({ page: 1 });
  const missing = {
    name: 'SessionStoreUnavailable',
    reason: 'replied',
    cause: expect.objectContaining({
      message: expect.stringContaining(`NOFUNCTION the library ${sessionFunctions.name} is not loaded`),
    }),
  };
  two.events.length = 0;
  await expect(two.storeOfA.ping()).rejects.toMatchObject(missing);
  await expect(logIn(two.a, 'ada')).rejects.toMatchObject(missing);
  expect(two.events).toEqual([
    { type: 'replied', node: '', code: 'NOFUNCTION' },
    { type: 'replied', node: '', code: 'NOFUNCTION' },
  ]);
});

describe('Where it is loaded', () => {
  beforeAll(async () => {
    const { connection, [Symbol.asyncDispose]: close } = await openMergingStore(two.redis.url);
    opened.defer(close);
    expect(await loadFunctions(connection.client)).toEqual([sessionFunctions.name]);
    expect(await loadFunctions(connection.client)).toEqual([]);
  });

  test('sessions are merged, renewed, listed, limited and ended by it alone', async () => {
    const commands = await commandsDuring(two.redis, async () => {
      await two.storeOfA.ping();
      const ada = await logIn(two.a, 'ada');
      const [one, other] = [await load(two.a, ada.id), await load(two.b, ada.id)];
      one.session.one = 1;
      other.session.other = 2;
      await Promise.all([one.save(), other.save()]);
      const after = await load(two.a, ada.id);
      expect(after.content).toEqual({ user: 'ada', epoch: 0, one: 1, other: 2 });
      await after.touch();
      await logIn(two.b, 'ada');
      await logIn(two.b, 'ada');
      const owned = two.storeOfB.ownedSessions;
      const list = await owned?.list('ada');
      expect(list).toHaveLength(2);
      expect(await owned?.end('ada', String(list?.[0]?.name))).toBe(true);
      expect(await owned?.endAll('ada', 1)).toBe(1);
      await expect(logIn(two.a, 'ada')).rejects.toThrow(SessionRevoked);
      after.session.late = true;
      await expect(after.save()).rejects.toThrow(SessionGone);
      await (await logIn(two.a, 'ada', 1)).destroy();
    });
    expect(commands.fcall).toBeGreaterThan(8);
    expect(commands).not.toHaveProperty('eval');
    expect(commands).not.toHaveProperty('evalsha');
  });

  test('a full Redis refuses new sessions and goes on to renew and to end those that are there', async () => {
    const [stays, leaves] = [await logIn(two.a, 'bob'), await logIn(two.a, 'eve')];
    await two.redis.command('CONFIG', 'SET', 'maxmemory', '1');
    try {
      await expect(logIn(two.a, 'bob')).rejects.toMatchObject({ reason: 'replied' });
      two.events.length = 0;
      await (await load(two.b, stays.id)).touch();
      expect(two.events).toEqual([]);
      await leaves.destroy();
      expect(await two.storeOfA.ownedSessions?.list('eve')).toEqual([]);
      expect(await two.storeOfA.ownedSessions?.endAll('bob', 1)).toBe(1);
      expect(await two.b.load(stays.id)).toBeUndefined();
    } finally {
      await two.redis.command('CONFIG', 'SET', 'maxmemory', '0');
    }
  });

  test('a login that waits for a replica is confirmed by one, or fails', async () => {
    const { connection, [Symbol.asyncDispose]: close } = await openMergingStore(two.redis.url);
    opened.defer(close);
    const waitForReplicas = { client: connection.client, replicas: 1 };
    await using waiting = await openMergingStore(two.redis.url, { ...options, waitForReplicas });
    await expect(logIn(new Instance(waiting.store), 'dan')).rejects.toMatchObject({ reason: 'unreplicated' });
  });
});

test('It outlives a failover, because replicas have it', async () => {
  await using sentinels = await startSentinels();
  await using one = await openMergingStore(sentinels.address, options);
  await loadFunctions(one.connection.client);
  const instance = new Instance(one.store);
  const { id } = await logIn(instance, 'ada');
  await until('the replica has both', async () => {
    const keys = (await sentinels.replica.command('KEYS', '*')) as string[];
    const functions = JSON.stringify(await sentinels.replica.command('FUNCTION', 'LIST'));
    return keys.length === 2 && functions.includes(sessionFunctions.name);
  });
  await sentinels.primary.kill();
  await until('the new primary serves', () => instance.load(id), 25_000);
  const request = await load(instance, id);
  request.session.after = 'failover';
  await request.save();
  await one.store.ping();
  expect((await load(instance, id)).content).toEqual({ user: 'ada', epoch: 0, after: 'failover' });
  expect(await one.store.ownedSessions?.endAll('ada', 1)).toBe(1);
}, 60_000);

test('Loading fails where Redis refuses it, and says why', async () => {
  await using other = await TwoInstances.open();
  const { connection, [Symbol.asyncDispose]: close } = await openMergingStore(other.redis.url);
  await using _ = { [Symbol.asyncDispose]: close };
  await other.redis.command('ACL', 'SETUSER', 'default', '-function');
  await expect(loadFunctions(connection.client)).rejects.toThrow('NOPERM');
});

test('Another way to send scripts is refused', () => {
  const client = { withCommandOptions: () => raise() };
  expect(() => new MergingRedisStore({ client, scripts: 'lua' as 'eval' })).toThrow(
    "the session store's option scripts is eval or functions, not lua",
  );
});

function raise(): never {
  throw new SessionStoreUnavailable('ping', 'offline');
}
