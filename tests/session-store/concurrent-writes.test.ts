import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { MergeFailed, SessionGone } from '../../services/session-store/src/errors.ts';
import { addUp } from '../../services/session-store/src/merge.ts';
import { Instance } from '../support/session-requests.ts';
import { openMergingStore } from '../support/session-stores.ts';
import { load, TwoInstances } from './two-instances.ts';

const two = await TwoInstances.open();
const { redis, a, b, events, stored, login } = two;
beforeEach(() => void events.splice(0));
afterAll(() => two[Symbol.asyncDispose]());

describe('Two requests of one session that both write, on two instances,', () => {
  test('both have their writes stored', async () => {
    const { id } = await login({ user: 'ada', old: 1 });
    const [first, second] = [await load(a, id), await load(b, id)];
    first.session.first = 1;
    second.session.second = 2;
    delete second.session.old;
    await Promise.all([first.save(), second.save()]);
    expect(await stored(id)).toEqual({ user: 'ada', first: 1, second: 2 });
    expect(events).toEqual([{ type: 'merged', conflicts: [] }]);
  });

  test('do not undo one another with a later save of the same request', async () => {
    const { id } = await login({ user: 'ada' });
    const [first, second] = [await load(a, id), await load(b, id)];
    first.session.first = 1;
    await first.save();
    second.session.second = 1;
    await second.save();
    second.session.second = 2;
    await second.save();
    first.session.first = 2;
    await first.save();
    expect(await stored(id)).toEqual({ user: 'ada', first: 2, second: 2 });
    await first.reload();
    expect(first.content).toEqual({ user: 'ada', first: 2, second: 2 });
  });

  test('in one process may save the same session object without waiting, and the last save counts', async () => {
    const { id } = await login({ page: 1 });
    const request = await load(a, id);
    const saves = [2, 1, 3, 1].map((page) => {
      request.session.page = page;
      return request.save();
    });
    await Promise.all(saves);
    expect(await stored(id)).toEqual({ page: 1 });
  });

  test('are merged by the app’s own rules where it has some', async () => {
    await using own = await openMergingStore(redis.url, {
      resolverFor: (key) => (key.startsWith('cart:') ? addUp : undefined),
    });
    const shop = new Instance(own.store);
    const { id } = await login({});
    const requests = await Promise.all(Array.from({ length: 20 }, () => load(shop, id)));
    for (const request of requests) request.session['cart:apple'] = 1;
    await Promise.all(requests.map((request) => request.save()));
    expect(await stored(id)).toEqual({ 'cart:apple': 20 });
  });

  test('get an error when a rule throws, and nothing is written', async () => {
    const failing = () => {
      throw new Error('a mistake in the app');
    };
    await using own = await openMergingStore(redis.url, { resolverFor: () => failing });
    const shop = new Instance(own.store);
    const { id } = await login({ cart: 0 });
    const [first, second] = [await load(shop, id), await load(shop, id)];
    first.session.cart = 1;
    second.session.cart = 2;
    await first.save();
    await expect(second.save()).rejects.toThrow(MergeFailed);
    expect(await stored(id)).toEqual({ cart: 1 });
  });

  test('all succeed when there are many', async () => {
    const { id } = await login({});
    const names = Array.from({ length: 64 }, (_, index) => `key${index}`);
    await Promise.all(
      names.map(async (name, index) => {
        const request = await load(index % 2 ? a : b, id);
        request.session[name] = index;
        await request.save();
      }),
    );
    expect(await stored(id)).toEqual(Object.fromEntries(names.map((name, index) => [name, index])));
  });
});

describe('A session that has ended', () => {
  test('by a logout is not recreated by a request that was under way', async () => {
    const { id } = await login({ user: 'ada' });
    const late = await load(b, id);
    await (await load(a, id)).destroy();
    late.session.page = 'profile';
    await expect(late.save()).rejects.toThrow(SessionGone);
    await late.touch();
    expect(await stored(id)).toBeUndefined();
    expect(events).toEqual([{ type: 'gone' }]);
  });

  test('by the new id of a login is not recreated under the old one', async () => {
    const { id } = await login({ visits: 1 });
    const late = await load(b, id);
    const logsIn = await load(a, id);
    await logsIn.regenerate();
    logsIn.session.user = 'ada';
    await logsIn.save();
    late.session.visits = 2;
    await expect(late.save()).rejects.toThrow(SessionGone);
    expect(await stored(id)).toBeUndefined();
    expect(await stored(logsIn.id)).toEqual({ user: 'ada' });
  });

  test('is not recreated by the request that ended it', async () => {
    const { id, session } = await login({ user: 'ada' });
    await (await load(a, id)).destroy();
    session.user = 'eve';
    const save = new Promise((resolve, reject) =>
      session.save((error) => (error ? reject(error) : resolve(0))),
    );
    await expect(save).rejects.toThrow(SessionGone);
    expect(await stored(id)).toBeUndefined();
  });

  test('by a lifetime of zero is deleted, as with connect-redis', async () => {
    const { id } = await login({ user: 'ada' });
    const request = await load(a, id);
    request.session.cookie.maxAge = 0;
    await request.save();
    expect(await stored(id)).toBeUndefined();
  });
});
