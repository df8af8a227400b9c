import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Request } from 'express';
import session, { MemoryStore, type SessionData, type Store } from 'express-session';
import { type RequestSession, replaceSession, SessionStoreUnavailable } from 'merging-redis-store';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { type Relay, startRelay } from '../support/redis-relay.ts';
import { openConnectRedisStore, openMergingStore } from '../support/session-stores.ts';
import { until } from '../support/wait.ts';

type AnySession = RequestSession & Record<string, unknown>;

const opened = new AsyncDisposableStack();
let redis: RedisServer;
let relay: Relay;
const stores: Record<string, Store> = {};
/** The call of the memory's store that fails. */
let memoryFails: 'set' | 'destroy' | undefined;

class FailingMemoryStore extends MemoryStore {
  override set(id: string, data: SessionData, done?: (error?: unknown) => void): void {
    if (memoryFails === 'set') done?.(new Error('no memory'));
    else super.set(id, data, done);
  }
  override destroy(id: string, done?: (error?: unknown) => void): void {
    if (memoryFails === 'destroy') done?.(new Error('no deletion'));
    else super.destroy(id, done);
  }
}

beforeAll(async () => {
  redis = opened.use(await startRedis());
  relay = opened.use(await startRelay(redis.port));
  stores.MergingRedisStore = opened.use(await openMergingStore(relay.url)).store;
  stores.RedisStore = opened.use(await openConnectRedisStore(relay.url)).store;
  stores.MemoryStore = new FailingMemoryStore();
});
afterAll(() => opened.disposeAsync());
afterEach(async () => {
  memoryFails = undefined;
  await redis.command('CONFIG', 'SET', 'maxmemory', '0');
  await redis.command('ACL', 'SETUSER', 'default', '+del');
});

function storeNamed(name: string): Store {
  const store = stores[name];
  if (store === undefined) throw new Error(`no store ${name}`);
  return store;
}

/** A request whose session is stored, unless told otherwise, and loaded, as express-session does it. */
async function request(store: Store, content: object, isStored = true): Promise<Request> {
  session({ store, secret: 'a secret of the tests', resave: false, saveUninitialized: false });
  const req = Object.assign({} as Request, { sessionStore: store, headers: {} });
  req.sessionStore.generate(req);
  Object.assign(req.session, content);
  if (!isStored) return req;
  await new Promise<void>((resolve, reject) => req.session.save((e) => (e ? reject(e) : resolve())));
  await new Promise<void>((resolve, reject) => req.session.reload((e) => (e ? reject(e) : resolve())));
  return req;
}

const content = (of: object) => {
  const { cookie: _, ...rest } = { ...of } as Record<string, unknown>;
  return rest;
};

async function stored(store: Store, id: string): Promise<object | undefined> {
  const data = await new Promise<SessionData | null | undefined>((resolve, reject) =>
    store.get(id, (error, found) => (error ? reject(error) : resolve(found))),
  );
  return data ? content(data) : undefined;
}

function logIn(req: Request, options = {}) {
  return replaceSession(
    req,
    (fresh, old) => Object.assign(fresh, { user: 'ada', cart: (old as AnySession).cart }),
    options,
  );
}

const storeFails = {
  set: async () => {
    memoryFails = 'set';
    await redis.command('CONFIG', 'SET', 'maxmemory', '1');
  },
  destroy: async () => {
    memoryFails = 'destroy';
    await redis.command('ACL', 'SETUSER', 'default', '-del');
  },
};

describe.each(['MergingRedisStore', 'RedisStore', 'MemoryStore'])('With %s', (name) => {
  test('the new session is stored, with what it takes along, and the old one is gone', async () => {
    const store = storeNamed(name);
    const req = await request(store, { cart: 3 });
    const oldId = req.sessionID;
    const fresh = await logIn(req);
    expect(req.session).toBe(fresh);
    expect(req.sessionID).not.toBe(oldId);
    expect(req.session.id).toBe(req.sessionID);
    expect(await stored(store, req.sessionID)).toEqual({ user: 'ada', cart: 3 });
    expect(await stored(store, oldId)).toBe(undefined);
  });

  test('nothing has changed when the new session cannot be stored, and a second try succeeds', async () => {
    const store = storeNamed(name);
    const req = await request(store, { cart: 3 });
    const { session: old, sessionID: oldId } = req;
    await storeFails.set();
    await expect(logIn(req)).rejects.toThrow(name === 'MemoryStore' ? 'no memory' : /Redis|OOM/);
    expect([req.session, req.sessionID]).toEqual([old, oldId]);
    expect(req.session).toBe(old);
    expect(content(old)).toEqual({ cart: 3 });
    expect(await stored(store, oldId)).toEqual({ cart: 3 });

    memoryFails = undefined;
    await redis.command('CONFIG', 'SET', 'maxmemory', '0');
    await logIn(req);
    expect(await stored(store, req.sessionID)).toEqual({ user: 'ada', cart: 3 });
    expect(await stored(store, oldId)).toBe(undefined);
  });

  test('it fails when the old session cannot be deleted, and the request keeps the old one', async () => {
    const store = storeNamed(name);
    const req = await request(store, { cart: 3 });
    const { session: old, sessionID: oldId } = req;
    await storeFails.destroy();
    await expect(logIn(req)).rejects.toThrow(name === 'MemoryStore' ? 'no deletion' : /Redis|NOPERM/);
    expect(req.session).toBe(old);
    expect(req.sessionID).toBe(oldId);
    expect(await stored(store, oldId)).toEqual({ cart: 3 });
  });

  test('an error of the app while it fills the new session leaves everything as it was', async () => {
    const store = storeNamed(name);
    const req = await request(store, { cart: 3 });
    const { session: old, sessionID: oldId } = req;
    const fill = async () => {
      throw new RangeError('no such user');
    };
    await expect(replaceSession(req, fill)).rejects.toThrow(new RangeError('no such user'));
    expect(req.session).toBe(old);
    expect(req.sessionID).toBe(oldId);
    expect(await stored(store, oldId)).toEqual({ cart: 3 });
  });

  test('a session that was never stored is not deleted, when the app says so', async () => {
    const store = storeNamed(name);
    const req = await request(store, { cart: 3 }, false);
    await storeFails.destroy();
    await logIn(req, { oldIsStored: false });
    expect(await stored(store, req.sessionID)).toEqual({ user: 'ada', cart: 3 });
  });
});

describe('When Redis stops between the two commands', () => {
  test('MergingRedisStore fails by its deadline, and the new session is gone when Redis continues', async () => {
    const store = storeNamed('MergingRedisStore');
    const req = await request(store, { cart: 3 });
    const { session: old, sessionID: oldId } = req;
    const deletion = relay.hold('DEL');
    let freshId = '';
    const replaced = replaceSession(req, (fresh) => {
      freshId = fresh.id;
    });
    const failure = expect(replaced).rejects.toThrow(SessionStoreUnavailable);
    await deletion.reached;
    expect(await redis.command('EXISTS', `sess:${freshId}`)).toBe(1);
    redis.pause();
    try {
      deletion.letGo();
      await failure;
      expect(req.session).toBe(old);
      expect(req.sessionID).toBe(oldId);
    } finally {
      redis.resume();
    }
    await until(
      'the new one is deleted',
      async () => (await redis.command('EXISTS', `sess:${freshId}`)) === 0,
    );
  });

  test('RedisStore, which has no deadline, is not done before the old session is deleted', async () => {
    const store = storeNamed('RedisStore');
    const req = await request(store, { cart: 3 });
    const oldId = req.sessionID;
    const deletion = relay.hold('DEL');
    let isDone = false;
    const replaced = logIn(req).then(() => {
      isDone = true;
    });
    await deletion.reached;
    redis.pause();
    deletion.letGo();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(isDone).toBe(false);
    redis.resume();
    await replaced;
    expect(await stored(store, oldId)).toBe(undefined);
  });

  test('a new session that is stored after the deadline is deleted', async () => {
    const store = storeNamed('MergingRedisStore');
    const req = await request(store, { cart: 3 });
    const oldId = req.sessionID;
    const write = relay.hold('SET');
    let freshId = '';
    const replaced = replaceSession(req, (fresh) => {
      freshId = fresh.id;
    });
    await expect(replaced).rejects.toThrow(SessionStoreUnavailable);
    await redis.command('CONFIG', 'RESETSTAT');
    write.letGo();
    await until('both have been carried out', async () => {
      const commands = String(await redis.command('INFO', 'commandstats'));
      return commands.includes('cmdstat_set:') && commands.includes('cmdstat_del:');
    });
    expect(await redis.command('EXISTS', `sess:${freshId}`)).toBe(0);
    expect(await stored(store, oldId)).toEqual({ cart: 3 });
  });
});

test('a request without a session is refused with an error that says so', async () => {
  const noSession = Object.assign({} as Request, { headers: {} });
  await expect(logIn(noSession)).rejects.toThrow(TypeError);
});
