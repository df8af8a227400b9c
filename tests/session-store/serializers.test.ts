// Sessions whose serializer revives more than plain JSON, and code of the app's own that fails inside the store.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as exported from 'merging-redis-store';
import { commandsDuring } from '../support/redis-commands.ts';
import { Browser, startApp } from './http-apps.ts';
import { taggedSerializer } from './tagged-serializer.ts';
import { load, TwoInstances } from './two-instances.ts';

const [morning, noon] = [new Date('2030-01-01T08:00:00Z'), new Date('2030-01-01T12:00:00Z')];

describe('With a serializer that revives Dates and Sets', () => {
  const opened = new AsyncDisposableStack();
  let two: TwoInstances;
  beforeAll(async () => {
    two = opened.use(await TwoInstances.open({ serializer: taggedSerializer }));
  });
  afterAll(() => opened.disposeAsync());

  const content = { when: morning, tags: new Set(['a']), deep: { when: morning, tags: [new Set(['a'])] } };

  test('a session is revived', async () => {
    const { id } = await two.login(content);
    expect((await load(two.b, id)).content).toEqual(content);
  });

  test.each([
    ['a Date', { when: noon }],
    ['a Set with another member', { tags: new Set(['a', 'b']) }],
    ['a Set with a member in place of another', { tags: new Set(['b']) }],
    ['a Date inside of an object', { deep: { ...content.deep, when: noon } }],
    ['a Set inside of an array', { deep: { ...content.deep, tags: [new Set(['b'])] } }],
    ['a Date in place of its text', { text: noon }],
  ])('a change is stored: %s', async (_, change) => {
    const { id } = await two.login({ ...content, text: noon.toISOString() });
    const request = await load(two.b, id);
    Object.assign(request.session, change);
    await request.save();
    expect((await load(two.a, id)).content).toEqual({ ...content, text: noon.toISOString(), ...change });
  });

  test('a Set that a request adds to in place is stored', async () => {
    const { id } = await two.login(content);
    const request = await load(two.b, id);
    if (!(request.session.tags instanceof Set)) throw new TypeError('expected a Set');
    request.session.tags.add('b');
    await request.save();
    expect((await load(two.a, id)).content).toEqual({ ...content, tags: new Set(['a', 'b']) });
  });

  test('what a request left unchanged is not written over what another has changed', async () => {
    const { id } = await two.login(content);
    const late = await load(two.a, id);
    const other = await load(two.b, id);
    const changed = { when: noon, tags: new Set(['b']), deep: { when: noon, tags: [new Set(['b'])] } };
    Object.assign(other.session, changed);
    await other.save();
    late.session.page = 1;
    await late.save();
    expect((await load(two.b, id)).content).toEqual({ ...changed, page: 1 });
  });

  test('an unchanged session is not written', async () => {
    const { id } = await two.login(content);
    const counts = await commandsDuring(two.redis, async () => (await load(two.a, id)).save());
    expect(counts).toEqual({ get: 1, pttl: 1 });
  });
});

describe('An asynchronous parse that rejects', () => {
  async function instanceWhoseParseFails(failure: () => unknown) {
    await using stack = new AsyncDisposableStack();
    let fails = false;
    const parse = async (text: string) => {
      if (fails) throw failure();
      return JSON.parse(text);
    };
    const two = stack.use(await TwoInstances.open({ serializer: { parse, stringify: JSON.stringify } }));
    const app = stack.use(await startApp(two.storeOfA));
    const browser = new Browser();
    expect((await browser.ask(app, 'POST', '/login')).status).toBe(200);
    const owned = stack.move();
    return {
      two,
      app,
      browser,
      setFails: (value: boolean) => {
        fails = value;
      },
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  }

  test('is an error of the call and never a user who is logged out', async () => {
    const cause = new Error('the key service does not answer');
    await using instance = await instanceWhoseParseFails(() => cause);
    const { two, app, browser, setFails } = instance;
    setFails(true);
    for (let call = 0; call < 5; call++) {
      const { status, setCookie, body } = await browser.ask(app, 'GET', '/me');
      expect({ status, setCookie, body }).toEqual({
        status: 503,
        setCookie: undefined,
        body: { error: 'SessionStoreUnavailable', reason: 'serializer' },
      });
    }
    await expect(two.storeOfA.get(browser.sessionId)).rejects.toMatchObject({
      call: 'read',
      reason: 'serializer',
      outcome: 'not done',
      cause,
    });
    setFails(false);
    expect((await browser.ask(app, 'GET', '/me')).body).toEqual({ user: 'ada' });
    expect(two.events).toEqual([]);
  });

  test('with DamagedSession says that what is stored is no session', async () => {
    const DamagedSession: unknown = Reflect.get(exported, 'DamagedSession');
    if (typeof DamagedSession !== 'function') throw new TypeError('the package exports no DamagedSession');
    await using instance = await instanceWhoseParseFails(() =>
      Reflect.construct(DamagedSession, ['it is encrypted with an unknown key']),
    );
    const { two, app, browser, setFails } = instance;
    setFails(true);
    expect(await browser.ask(app, 'GET', '/me')).toMatchObject({ status: 200, body: {} });
    expect(two.events).toMatchObject([{ type: 'damaged', sessionId: browser.sessionId }]);
  });
});

test('A resolver that returns what the serializer cannot write is the app’s own error, and no sign of an outage', async () => {
  await using two = await TwoInstances.open({
    resolverFor: (key) => (key === 'count' ? () => 1n : undefined),
  });
  const { id } = await two.login({ count: 1 });
  for (let attempt = 0; attempt < 5; attempt++) {
    const [request, other] = [await load(two.a, id), await load(two.b, id)];
    other.session.count = `other ${attempt}`;
    await other.save();
    request.session.count = `mine ${attempt}`;
    const error: unknown = await request.save().catch((reason: unknown) => reason);
    const cause = error instanceof exported.MergeFailed ? error.cause : error;
    expect(cause).toBeInstanceOf(TypeError);
    expect(await two.stored(id)).toEqual({ count: `other ${attempt}` });
  }
  expect(two.events).toEqual([]);
});
