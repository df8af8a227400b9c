// What express-session's README asks of a store's methods, called directly.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import session, { type SessionData, type Store } from 'express-session';
import { settled } from './handlers.ts';
import { NotApplicable, type RunCheck } from './site.ts';

function data(content: object = {}): SessionData {
  const cookie = new session.Cookie();
  cookie.maxAge = 60_000;
  return { cookie, ...content };
}

const get = (store: Store, id: string) => settled<SessionData | null>((callback) => store.get(id, callback));
const set = (store: Store, id: string, content: object) =>
  settled((callback) => store.set(id, data(content), callback));

async function contentOf(store: Store, id: string): Promise<object> {
  const { cookie: _, ...content } = { ...(await get(store, id)) };
  return content;
}

async function emptied(store: Store): Promise<Store> {
  const { clear } = store;
  if (clear === undefined) throw new NotApplicable('the store has no clear()');
  await settled((callback) => clear.call(store, callback));
  return store;
}

async function times(call: (callback: () => void) => unknown): Promise<number> {
  let calls = 0;
  await call(() => {
    calls += 1;
  });
  await sleep(100);
  return calls;
}

export const contract: Record<string, RunCheck> = {
  'an unknown id is no session and no error': async ({ backend: { stores } }) => {
    assert.ok(!(await get(stores[0], 'unknown')));
    await settled((callback) => stores[0].destroy('unknown', callback));
  },
  'nested data comes back as it was': async ({ backend: { stores } }) => {
    const content = { list: [1, [], {}, null], deep: { text: 'ä€😀', big: 2 ** 53 - 1, no: false } };
    await set(stores[0], 'nested', content);
    assert.deepEqual(await contentOf(stores[1], 'nested'), content);
  },
  'the last of several writes counts': async ({ backend: { stores } }) => {
    for (const n of [1, 2, 3]) await set(stores[0], 'again', { n });
    assert.deepEqual(await contentOf(stores[1], 'again'), { n: 3 });
  },
  'ids with odd characters are told apart': async ({ backend: { stores } }) => {
    const ids = ['a:b', 'a b', 'a/b', 'a*', 'a?', '[a]', 'ä', 'line\nbreak', '__proto__', 'constructor'];
    for (const id of ids) await set(stores[0], id, { id });
    for (const id of ids) assert.deepEqual(await contentOf(stores[1], id), { id });
  },
  'each callback is called once': async ({ backend: { stores } }) => {
    const [store] = stores;
    assert.equal(await times((callback) => store.set('once', data(), callback)), 1);
    assert.equal(await times((callback) => store.get('once', callback)), 1);
    if (store.touch) assert.equal(await times((callback) => store.touch?.('once', data(), callback)), 1);
    assert.equal(await times((callback) => store.destroy('once', callback)), 1);
  },
  'length() and all() count the sessions': async ({ backend: { stores } }) => {
    const store = await emptied(stores[0]);
    for (const id of ['a', 'b', 'c']) await set(store, id, {});
    const { length, all } = store;
    if (length === undefined || all === undefined)
      throw new NotApplicable('the store has no length() or all()');
    assert.equal(await settled<number>((callback) => length.call(store, callback)), 3);
    const sessions = await settled<object | null>((callback) => all.call(store, callback));
    assert.equal(Object.keys(sessions ?? {}).length, 3);
  },
  'clear() ends all sessions': async ({ backend: { stores } }) => {
    await set(stores[0], 'cleared', {});
    await emptied(stores[0]);
    assert.ok(!(await get(stores[1], 'cleared')));
  },
};
