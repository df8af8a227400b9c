// Each check of the suite is seen failing: for a store that breaks just what the check is about.

import { describe, expect, jest, test } from '@jest/globals';
import session, { MemoryStore, type SessionData } from 'express-session';
import { type Backend, conformance, markdownTable, runChecks } from 'session-store-conformance';

const backendOf = (store: Backend['stores'][0]): Backend => ({
  stores: [store, store],
  close: () => undefined,
});

/** What the store does not keep, of the checks with these names. */
async function notKept(open: () => Backend, ...names: readonly string[]) {
  const checks = conformance(open).filter(({ name }) => names.includes(name));
  expect(checks.map(({ name }) => name)).toEqual(names);
  const outcomes = await runChecks(checks);
  return outcomes.filter(({ result }) => result === 'not kept').map(({ name }) => name);
}

/** MemoryStore keeps the checks; with the mistake it does not. */
async function expectToBeFound(mistake: () => MemoryStore, ...names: readonly string[]) {
  expect(await notKept(() => backendOf(new MemoryStore()), ...names)).toEqual([]);
  expect(await notKept(() => backendOf(mistake()), ...names)).toEqual(names);
}

function withMistake(methods: Partial<MemoryStore>): () => MemoryStore {
  return () => Object.assign(new MemoryStore(), methods);
}

type Done = (error?: unknown) => void;

describe('The conformance suite finds a store', () => {
  test('that knows its sessions on one instance only', async () => {
    const apart = (): Backend => ({
      stores: [new MemoryStore(), new MemoryStore()],
      close: () => undefined,
    });
    const names = [
      'a redirect that follows a save finds the session',
      'a session ends when its lifetime is over',
      'nested data comes back as it was',
    ];
    expect(await notKept(apart, ...names)).toEqual(names);
  });

  test('whose destroy does nothing', async () => {
    await expectToBeFound(
      withMistake({ destroy: (_id: string, done?: Done) => void setImmediate(done ?? (() => {})) }),
      'a late request that changes nothing does not undo a logout',
      'a logout counts on the other instance at once',
      'renewing a session that has ended does not bring it back',
    );
  });

  test('whose touch stores a session that has ended', async () => {
    await expectToBeFound(
      withMistake({
        touch(this: MemoryStore, id: string, data: SessionData, done?: () => void) {
          this.set(id, data, done);
        },
      } as Partial<MemoryStore>),
      'a late request that changes nothing does not undo a logout',
      'renewing a session that has ended does not bring it back',
    );
  });

  test('whose sessions never end', async () => {
    await expectToBeFound(
      () => {
        const store = new MemoryStore();
        const set = store.set.bind(store);
        return Object.assign(store, {
          set: (id: string, data: SessionData, done?: Done) =>
            set(id, { ...data, cookie: new session.Cookie() }, done),
          touch: (_id: string, _data: SessionData, done?: () => void) =>
            void setImmediate(done ?? (() => {})),
        });
      },
      'a session ends when its lifetime is over',
      'a shorter lifetime counts at once',
    );
  });

  test('that does not renew', async () => {
    await expectToBeFound(
      withMistake({ touch: (_id, _data, done) => void setImmediate(done ?? (() => {})) }),
      'each request extends it',
      'the cookie’s expires after a renewal is the true end',
    );
  });

  test('for which an unknown id is an error', async () => {
    const get = (_id: string, done: (error: unknown) => void) =>
      void setImmediate(done, new Error('unknown'));
    await expectToBeFound(withMistake({ get }), 'an unknown id is no session and no error');
  });

  test('that keeps no nested data, only the first write, or mixes up ids', async () => {
    const shortened = () => {
      const store = new MemoryStore();
      const { get, set } = store;
      return Object.assign(store, {
        get: (id: string, done: (error: unknown, data?: SessionData | null) => void) =>
          get.call(store, id.slice(0, 1), done),
        set: (id: string, { cookie }: SessionData, done?: Done) =>
          set.call(store, id.slice(0, 1), { cookie }, done),
      });
    };
    await expectToBeFound(
      shortened,
      'nested data comes back as it was',
      'the last of several writes counts',
      'ids with odd characters are told apart',
    );
  });

  test('that calls back twice', async () => {
    const get: MemoryStore['get'] = (_id, done) => {
      setImmediate(done, null);
      setImmediate(done, null);
    };
    await expectToBeFound(withMistake({ get }), 'each callback is called once');
  });

  test('that counts and clears wrongly', async () => {
    await expectToBeFound(
      withMistake({ length: (done) => void setImmediate(done, null, 7) }),
      'length() and all() count the sessions',
    );
    await expectToBeFound(
      withMistake({ clear: (done) => void setImmediate(done ?? (() => {})) }),
      'clear() ends all sessions',
    );
  });
});

describe('The conformance suite finds an outage', () => {
  /** A MemoryStore whose calls get `during` in place of an answer while it is interrupted. */
  function interruptible(during: (done: (error: unknown, value?: unknown) => void) => void): Backend {
    const store = new MemoryStore();
    let isDown = false;
    for (const method of ['get', 'set', 'touch', 'destroy'] as const) {
      const call: (...args: unknown[]) => unknown = store[method].bind(store) as never;
      Object.assign(store, {
        [method]: (...args: unknown[]) => (isDown ? during(args.at(-1) as () => void) : call(...args)),
      });
    }
    return {
      ...backendOf(store),
      interrupt: () => {
        isDown = true;
      },
      resume: () => {
        isDown = false;
      },
    };
  }
  const all = [
    'a logged-in user gets an error and is not taken for logged out',
    'the error comes within a second',
    'a login is not acknowledged',
    'a logout is answered with an error',
    'afterwards the user is still logged in',
  ];

  test('that is told in time: all is kept', async () => {
    const open = () => interruptible((done) => void setImmediate(done, new Error('down')));
    expect(await notKept(open, ...all)).toEqual([]);
  });

  test('that is told late', async () => {
    const open = () => interruptible((done) => void setTimeout(done, 1500, new Error('down')));
    expect(await notKept(open, ...all)).toEqual(['the error comes within a second']);
  });

  test('that reads as no session', async () => {
    const open = () => interruptible((done) => void setImmediate(done, null));
    expect(await notKept(open, ...all)).toEqual(all.slice(0, 4));
  });
});

describe('The conformance suite', () => {
  test('gives up on a check that does not end, closes the backend and goes on', async () => {
    const close = jest.fn();
    const hangs = withMistake({ get: () => undefined })();
    const checks = conformance(() => ({ ...backendOf(hangs), close }), 200).filter(({ name }) =>
      ['an unknown id is no session and no error', 'the last of several writes counts'].includes(name),
    );
    const outcomes = await runChecks(checks);
    expect(outcomes.map(({ result, reason }) => ({ result, reason }))).toEqual(
      Array(2).fill({ result: 'not kept', reason: 'not ended after 200 ms' }),
    );
    expect(close).toHaveBeenCalledTimes(2);
  });

  test('says what it cannot ask a store', async () => {
    const bare = withMistake({ clear: undefined } as unknown as Partial<MemoryStore>);
    const [outcome] = await runChecks(
      conformance(() => backendOf(bare())).filter(({ name }) => name === 'clear() ends all sessions'),
    );
    expect(outcome).toMatchObject({ result: 'not applicable', reason: 'the store has no clear()' });
  });

  test('shows the outcomes as a table', () => {
    const outcome = (name: string, result: 'kept' | 'not kept' | 'not applicable') => ({
      name,
      group: 'races',
      result,
    });
    expect(
      markdownTable({
        mine: [outcome('one', 'kept'), outcome('two', 'not kept')],
        theirs: [outcome('one', 'not applicable'), outcome('two', 'kept')],
      }),
    ).toBe('| | mine | theirs |\n| --- | --- | --- |\n| races: one | yes | – |\n| races: two | no | yes |\n');
  });
});
