// The sessions of one user, on two instances: all are listed, and what was ended stays ended.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { SessionData } from 'express-session';
import {
  MergingRedisStore,
  newSessionId,
  type OwnersOption,
  SessionGone,
  SessionRevoked,
} from 'merging-redis-store';
import type { TestRequest } from '../support/session-requests.ts';
import { load, TwoInstances } from './two-instances.ts';

interface OwnedContent {
  readonly user?: string;
  readonly epoch?: number;
}

const owners: OwnersOption = {
  ownerOf: (session: SessionData) => {
    const { user, epoch } = session as SessionData & OwnedContent;
    return user === undefined ? undefined : { id: user, epoch, details: `of ${user}` };
  },
  longestMs: 3_600_000,
};

let two: TwoInstances;
beforeAll(async () => {
  two = await TwoInstances.open({ owners });
});
afterAll(() => two[Symbol.asyncDispose]());

/** A user of the test's own. */
let users = 0;
const newUser = () => `user ${users++}`;

function unsaved(user: string, epoch = 0, instance = two.a): TestRequest {
  const request = instance.newRequest(newSessionId(user));
  Object.assign(request.session, { user, epoch });
  return request;
}

async function login(user: string, epoch = 0, instance = two.a): Promise<TestRequest> {
  const request = unsaved(user, epoch, instance);
  await request.save();
  return request;
}

const ownedA = () => two.storeOfA.ownedSessions ?? raise();
const ownedB = () => two.storeOfB.ownedSessions ?? raise();
function raise(): never {
  throw new Error('the store keeps no lists');
}
const nameOf = ({ id }: TestRequest) => ownedA().nameOf(id);
const listed = async (user: string) => (await ownedB().list(user)).map(({ name }) => name).sort();
const listKeyOf = async (user: string) => {
  const keys = (await two.redis.command('KEYS', 'sess:{*}')) as string[];
  const tag = newSessionId(user).split('.')[1];
  return keys.find((key) => key === `sess:{${tag}}`);
};

describe('A user’s list', () => {
  test('has all of three logins at once, on two instances', async () => {
    const user = newUser();
    const requests = await Promise.all([login(user), login(user, 0, two.b), login(user, 0, two.a)]);
    expect(await listed(user)).toEqual(requests.map(nameOf).sort());
  });

  test('says what the app has said of a session, and when it was last used', async () => {
    const user = newUser();
    const before = Date.now();
    const request = await login(user, 3);
    const [found, ...others] = await ownedB().list(user);
    expect(others).toEqual([]);
    expect(found).toEqual({
      name: nameOf(request),
      epoch: 3,
      details: `of ${user}`,
      lastUsedAt: expect.any(Number),
    });
    expect(found?.lastUsedAt).toBeGreaterThanOrEqual(before - 1);
    expect(found?.lastUsedAt).toBeLessThanOrEqual(Date.now());
    await two.redis.command('PEXPIRE', await keyOf(request), '1500000');
    const [later] = await ownedB().list(user);
    expect(Math.round((Date.now() - (later?.lastUsedAt ?? 0)) / 60_000)).toBe(5);
  });

  test('has no guests and no sessions of other users', async () => {
    const user = newUser();
    const other = newUser();
    const guest = two.a.newRequest(newSessionId());
    guest.session.cart = 1;
    await guest.save();
    await login(other);
    expect(await ownedB().list(user)).toEqual([]);
    expect((await load(two.b, guest.id)).content).toEqual({ cart: 1 });
  });

  test('loses a session that is logged out', async () => {
    const user = newUser();
    const [one, other] = [await login(user), await login(user)];
    await (await load(two.b, one.id)).destroy();
    expect(await listed(user)).toEqual([nameOf(other)]);
    expect(await two.redis.command('HLEN', String(await listKeyOf(user)))).toBe(1);
  });

  test('does not show a session that has expired, and the next login removes it', async () => {
    const user = newUser();
    const old = await login(user);
    await two.redis.command('DEL', await keyOf(old));
    expect(await listed(user)).toEqual([]);
    const next = await login(user);
    expect(await two.redis.command('HKEYS', String(await listKeyOf(user)))).toEqual([nameOf(next)]);
  });

  test('lives as long as any of its sessions may', async () => {
    const user = newUser();
    await login(user);
    const leftMs = Number(await two.redis.command('PTTL', String(await listKeyOf(user))));
    expect(leftMs).toBeGreaterThan(3_500_000);
    expect(leftMs).toBeLessThanOrEqual(3_600_000);
  });

  test('is not among the sessions of the store, and stays when all are cleared', async () => {
    await using own = await TwoInstances.open({ owners });
    const request = own.a.newRequest(newSessionId('ada'));
    Object.assign(request.session, { user: 'ada' });
    await request.save();
    await own.storeOfA.ownedSessions?.endAll('bob', 1);
    expect(await own.storeOfB.length()).toBe(1);
    expect(await own.storeOfB.all()).toEqual([expect.objectContaining({ user: 'ada' })]);
    await own.storeOfB.clear();
    expect(await own.storeOfB.length()).toBe(0);
    expect(await own.storeOfB.ownedSessions?.list('ada')).toEqual([]);
    const late = own.b.newRequest(newSessionId('bob'));
    Object.assign(late.session, { user: 'bob', epoch: 0 });
    await expect(late.save()).rejects.toThrow(SessionRevoked);
  });
});

async function keyOf({ id }: TestRequest): Promise<string> {
  const keys = (await two.redis.command('KEYS', `sess:*${ownedA().nameOf(id)}`)) as string[];
  expect(keys).toHaveLength(1);
  return String(keys[0]);
}

describe('Ending one session by its name', () => {
  test('ends it on the other instance too, also for a request that is under way', async () => {
    const user = newUser();
    const [ended, stays] = [await login(user), await login(user, 0, two.b)];
    const underWay = await load(two.b, ended.id);
    expect(await ownedA().end(user, String(nameOf(ended)))).toBe(true);
    expect(await two.b.load(ended.id)).toBeUndefined();
    underWay.session.late = true;
    await expect(underWay.save()).rejects.toThrow(SessionGone);
    await underWay.touch();
    expect(await two.b.load(ended.id)).toBeUndefined();
    expect(await listed(user)).toEqual([nameOf(stays)]);
  });

  test('finds nothing a second time, for another user, or by what is no name', async () => {
    const user = newUser();
    const request = await login(user, 1);
    expect(await ownedA().end(newUser(), String(nameOf(request)))).toBe(false);
    for (const name of ['epoch', '', request.id, `${nameOf(request)}*`]) {
      expect(await ownedA().end(user, name)).toBe(false);
    }
    expect(await ownedA().end(user, String(nameOf(request)))).toBe(true);
    expect(await ownedA().end(user, String(nameOf(request)))).toBe(false);
  });
});

describe('Ending all sessions of a user', () => {
  test('ends all of them, says how many, and leaves those of others', async () => {
    const [user, other] = [newUser(), newUser()];
    const requests = [await login(user), await login(user, 0, two.b), await login(user)];
    const spared = await login(other);
    expect(await ownedB().endAll(user, 1)).toBe(3);
    for (const { id } of requests) expect(await two.a.load(id)).toBeUndefined();
    expect(await listed(user)).toEqual([]);
    expect((await load(two.b, spared.id)).content).toEqual({ user: other, epoch: 0 });
    expect(await ownedB().endAll(user, 1)).toBe(0);
  });

  test('is not undone by a renewal or a write that is under way', async () => {
    const user = newUser();
    const { id } = await login(user);
    const [renewing, writing] = [await load(two.a, id), await load(two.b, id)];
    await ownedB().endAll(user, 1);
    await renewing.touch();
    renewing.session.cookie.maxAge = 60_000;
    await expect(renewing.touch()).rejects.toThrow(SessionGone);
    writing.session.late = true;
    await expect(writing.save()).rejects.toThrow(SessionGone);
    expect(await two.a.load(id)).toBeUndefined();
    expect(await listed(user)).toEqual([]);
  });

  test('refuses a login of an older epoch, and not one of the new epoch', async () => {
    const user = newUser();
    const [late, fresh] = [unsaved(user, 4), unsaved(user, 5)];
    await ownedB().endAll(user, 5);
    await expect(late.save()).rejects.toMatchObject({
      name: 'SessionRevoked',
      code: 'SESSION_REVOKED',
      status: 401,
    });
    expect(await two.b.load(late.id)).toBeUndefined();
    await fresh.save();
    expect(await listed(user)).toEqual([nameOf(fresh)]);
  });

  test('can spare one, which the next ending of all ends as it would any other', async () => {
    const user = newUser();
    const [kept, ended] = [await login(user), await login(user)];
    expect(await ownedB().endAll(user, 1, nameOf(kept))).toBe(1);
    expect(await two.b.load(ended.id)).toBeUndefined();
    expect((await load(two.b, kept.id)).content).toEqual({ user, epoch: 0 });
    expect(await ownedB().list(user)).toEqual([expect.objectContaining({ name: nameOf(kept), epoch: 1 })]);
    await ownedB().endAll(user, 1);
    expect(await listed(user)).toEqual([nameOf(kept)]);
    await ownedB().endAll(user, 2);
    expect(await two.b.load(kept.id)).toBeUndefined();
  });

  test('never lowers the epoch', async () => {
    const user = newUser();
    await ownedA().endAll(user, 7);
    await ownedA().endAll(user, 6);
    await expect(login(user, 6)).rejects.toThrow(SessionRevoked);
  });

  test('counts epochs in whole numbers, above ten as well', async () => {
    const user = newUser();
    const request = await login(user, 9);
    expect(await ownedA().endAll(user, 10)).toBe(1);
    expect(await two.b.load(request.id)).toBeUndefined();
    for (const epoch of [-1, 0.5, Number.NaN]) {
      await expect(ownedA().endAll(user, epoch)).rejects.toThrow(RangeError);
    }
  });

  test('that Redis has forgotten is made good by the next login: it ends those of older epochs', async () => {
    const user = newUser();
    const forgotten = await login(user, 0);
    const next = await login(user, 1);
    expect(await two.b.load(forgotten.id)).toBeUndefined();
    expect(await listed(user)).toEqual([nameOf(next)]);
    await expect(login(user, 0)).rejects.toThrow(SessionRevoked);
  });

  test('works while Redis is full, and so does a logout', async () => {
    await using own = await TwoInstances.open({ owners });
    const requests = ['ada', 'ada', 'bob'].map((user) => {
      const request = own.a.newRequest(newSessionId(user));
      Object.assign(request.session, { user, epoch: 0 });
      return request;
    });
    for (const request of requests) await request.save();
    await own.redis.command('CONFIG', 'SET', 'maxmemory', '1');
    expect(await own.storeOfB.ownedSessions?.endAll('ada', 1)).toBe(2);
    await requests[2]?.destroy();
    expect(await own.storeOfB.ownedSessions?.list('bob')).toEqual([]);
    await own.redis.command('CONFIG', 'SET', 'maxmemory', '0');
    const late = own.a.newRequest(newSessionId('ada'));
    Object.assign(late.session, { user: 'ada', epoch: 0 });
    await expect(late.save()).rejects.toThrow(SessionRevoked);
  });
});

describe('A session of a user whose id has not the user’s tag', () => {
  test.each([
    ['of the old form', () => 'an-id-as-express-session-makes-it'],
    ['of a guest', () => newSessionId()],
    ['of another user', () => newSessionId('somebody else')],
  ])('(%s) ends with all others, though it is not listed', async (_, newId) => {
    const user = newUser();
    const request = two.a.newRequest(newId());
    Object.assign(request.session, { user, epoch: 0 });
    await request.save();
    expect((await load(two.b, request.id)).content).toEqual({ user, epoch: 0 });
    expect(await ownedB().list(user)).toEqual([]);
    await ownedB().endAll(user, 1);
    expect(await two.b.load(request.id)).toBeUndefined();
    await request.destroy();
  });
});

test('Without the option the store keeps no lists', async () => {
  await using plain = await TwoInstances.open();
  expect(plain.storeOfA.ownedSessions).toBeUndefined();
  await plain.login({ user: 'ada' });
  expect(await plain.storeOfB.length()).toBe(1);
});

describe('With a limit of three sessions', () => {
  let limited: TwoInstances;
  beforeAll(async () => {
    limited = await TwoInstances.open({ owners: { ...owners, maxSessions: 3 } });
  });
  afterAll(() => limited[Symbol.asyncDispose]());

  const loginTo = async (instance = limited.a) => {
    const request = instance.newRequest(newSessionId('ada'));
    Object.assign(request.session, { user: 'ada', epoch: 0 });
    await request.save();
    return request;
  };
  const nameIn = ({ id }: TestRequest) => limited.storeOfA.ownedSessions?.nameOf(id);

  test('a fourth login ends the one whose last use is longest ago', async () => {
    const requests = [await loginTo(), await loginTo(), await loginTo(limited.b)];
    const unused = requests[1];
    if (unused === undefined) throw new Error('there are three');
    const keys = (await limited.redis.command('KEYS', `sess:*${nameIn(unused)}`)) as string[];
    await limited.redis.command('PEXPIRE', String(keys[0]), '60000');
    limited.events.length = 0;
    requests.push(await loginTo(limited.b));
    const alive = await Promise.all(requests.map(async ({ id }) => (await limited.a.load(id)) !== undefined));
    expect(alive).toEqual([true, false, true, true]);
    expect(limited.events).toEqual([{ type: 'displaced', names: [nameIn(unused)] }]);
  });

  test('eight logins at once leave three', async () => {
    const requests = await Promise.all(
      Array.from({ length: 8 }, (_, i) => loginTo(i % 2 ? limited.a : limited.b)),
    );
    const left = await limited.storeOfA.ownedSessions?.list('ada');
    expect(left).toHaveLength(3);
    const alive = await Promise.all(requests.map(async ({ id }) => (await limited.a.load(id)) !== undefined));
    expect(alive.filter(Boolean)).toHaveLength(3);
  });

  test('an existing session that is written again ends none', async () => {
    const request = await loginTo();
    limited.events.length = 0;
    request.session.page = 1;
    await request.save();
    await limited.storeOfA.set(request.id, JSON.parse(JSON.stringify({ ...request.session })));
    expect(limited.events).toEqual([]);
    expect(await limited.storeOfA.ownedSessions?.list('ada')).toHaveLength(3);
  });
});

test.each([
  ['longestMs', { longestMs: 0 }],
  ['longestMs', { longestMs: Number.NaN }],
  ['maxSessions', { maxSessions: -1 }],
  ['maxSessions', { maxSessions: 1.5 }],
])('An option %s outside of its range is refused', (name, wrong) => {
  const client = { withCommandOptions: () => raise() };
  expect(() => new MergingRedisStore({ client, owners: { ...owners, ...wrong } })).toThrow(
    `the session store's option owners.${name}`,
  );
});
