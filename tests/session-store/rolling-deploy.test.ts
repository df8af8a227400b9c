// Instances with the stock store and instances with this one, side by side on one Redis while a deploy is under way.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { Instance, type TestRequest } from '../support/session-requests.ts';
import { openSharedStore, openStockStore } from '../support/session-stores.ts';

const opened = new AsyncDisposableStack();
let redis: RedisServer;
let before: Instance;
let after: Instance;

beforeAll(async () => {
  redis = opened.use(await startRedis());
  before = new Instance(opened.use(await openStockStore(redis.url)).store);
  after = new Instance(opened.use(await openSharedStore(redis.url)).store);
});
afterAll(() => opened.disposeAsync());

async function load(instance: Instance, id: string): Promise<TestRequest> {
  const request = await instance.load(id);
  if (request === undefined) throw new Error('there is no such session');
  return request;
}

async function login(instance: Instance): Promise<string> {
  const request = instance.newRequest();
  request.session.user = 'ada';
  await request.save();
  return request.id;
}

describe('A session in a rolling deploy', () => {
  test('of an instance with the stock store is known to one with this store, and the other way round', async () => {
    expect((await load(after, await login(before))).content).toEqual({ user: 'ada' });
    expect((await load(before, await login(after))).content).toEqual({ user: 'ada' });
  });

  test('is written by both in queue', async () => {
    const id = await login(before);
    for (const [index, instance] of [after, before, after, before].entries()) {
      const request = await load(instance, id);
      request.session[`key${index}`] = index;
      await request.save();
    }
    expect((await load(after, id)).content).toEqual({ user: 'ada', key0: 0, key1: 1, key2: 2, key3: 3 });
  });

  test('keeps what the stock store wrote while a request with this store was under way', async () => {
    const id = await login(before);
    const underWay = await load(after, id);
    const stock = await load(before, id);
    stock.session.stock = 1;
    await stock.save();
    underWay.session.shared = 2;
    await underWay.save();
    expect((await load(before, id)).content).toEqual({ user: 'ada', stock: 1, shared: 2 });
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
    const [stock, shared] = [await login(before), await login(after)];
    const shape = async (id: string) => {
      const text = String(await redis.command('GET', `sess:${id}`));
      return text.replace(/"originalMaxAge":\d+,"expires":"[^"]+"/, '');
    };
    expect(await shape(shared)).toBe(await shape(stock));
    const request = await load(after, shared);
    request.session.page = 1;
    await request.save();
    const again = await load(before, stock);
    again.session.page = 1;
    await again.save();
    expect(await shape(shared)).toBe(await shape(stock));
  });
});
