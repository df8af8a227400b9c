// Instances with connect-redis and instances with this store, side by side on one Redis during a rolling deploy.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SessionGone } from 'merging-redis-store';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { Instance } from '../support/session-requests.ts';
import { openConnectRedisStore, openMergingStore } from '../support/session-stores.ts';
import { load } from './two-instances.ts';

const opened = new AsyncDisposableStack();
let redis: RedisServer;
let before: Instance;
let after: Instance;

beforeAll(async () => {
  redis = opened.use(await startRedis());
  before = new Instance(opened.use(await openConnectRedisStore(redis.url)).store);
  after = new Instance(opened.use(await openMergingStore(redis.url)).store);
});
afterAll(() => opened.disposeAsync());

async function login(instance: Instance): Promise<string> {
  const request = instance.newRequest();
  request.session.user = 'ada';
  await request.save();
  return request.id;
}

describe('A session in a rolling deploy', () => {
  test('of an instance with connect-redis is known to one with this store, and the other way round', async () => {
    expect((await load(after, await login(before))).content).toEqual({ user: 'ada' });
    expect((await load(before, await login(after))).content).toEqual({ user: 'ada' });
  });

  test('is written by both, one after the other', async () => {
    const id = await login(before);
    for (const [index, instance] of [after, before, after, before].entries()) {
      const request = await load(instance, id);
      request.session[`key${index}`] = index;
      await request.save();
    }
    expect((await load(after, id)).content).toEqual({ user: 'ada', key0: 0, key1: 1, key2: 2, key3: 3 });
  });

  test('keeps what connect-redis wrote while a request with this store was under way', async () => {
    const id = await login(before);
    const underWay = await load(after, id);
    const other = await load(before, id);
    other.session.before = 1;
    await other.save();
    underWay.session.after = 2;
    await underWay.save();
    expect((await load(before, id)).content).toEqual({ user: 'ada', before: 1, after: 2 });
  });

  test('that ended on one is unknown to the other', async () => {
    const id = await login(before);
    await (await load(after, id)).destroy();
    expect(await before.load(id)).toBeUndefined();
    const other = await login(after);
    await (await load(before, other)).destroy();
    expect(await after.load(other)).toBeUndefined();
  });

  test('is the same text in both, key for key', async () => {
    const [idBefore, idAfter] = [await login(before), await login(after)];
    const shape = async (id: string) => {
      const text = String(await redis.command('GET', `sess:${id}`));
      return text.replace(/"originalMaxAge":\d+,"expires":"[^"]+"/, '');
    };
    expect(await shape(idAfter)).toBe(await shape(idBefore));
    const request = await load(after, idAfter);
    request.session.page = 1;
    await request.save();
    const again = await load(before, idBefore);
    again.session.page = 1;
    await again.save();
    expect(await shape(idAfter)).toBe(await shape(idBefore));
  });
});

describe('A session that ended on an instance with this store', () => {
  test('is brought back by a late write of an instance with connect-redis, which writes without looking', async () => {
    const id = await login(after);
    const late = await load(before, id);
    await (await load(after, id)).destroy();
    expect(await after.load(id)).toBeUndefined();
    late.session.late = true;
    await late.save();
    expect((await load(after, id)).content).toEqual({ user: 'ada', late: true });
  });

  test('is not brought back any more once the last instance with connect-redis is gone', async () => {
    const id = await login(before);
    const late = await load(after, id);
    await (await load(after, id)).destroy();
    late.session.late = true;
    await expect(late.save()).rejects.toThrow(SessionGone);
    expect(await after.load(id)).toBeUndefined();
  });
});
