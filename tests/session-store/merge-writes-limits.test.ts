// What makes a write impossible, and for how long the session lives that is written.

import { describe, expect, jest, test } from '@jest/globals';
import type { SessionData } from 'express-session';
import {
  MergeFailed,
  SessionGone,
  SessionStoreUnavailable,
  SessionTooLarge,
} from '../../services/session-store/src/errors.ts';
import { addUp, type Resolver } from '../../services/session-store/src/merge.ts';
import { DamagedSession } from '../../services/session-store/src/stored-session.ts';
import { cookie, loaded, merge, save, textOf } from './waiting-write.ts';

const before = textOf({ count: 0 });

describe('A write that fails by itself', () => {
  test.each<[string, Resolver, unknown]>([
    [
      'because its resolver throws',
      () => {
        throw new RangeError('a mistake in the app');
      },
      expect.objectContaining({ name: 'MergeFailed', cause: new RangeError('a mistake in the app') }),
    ],
    ['because its resolver makes what cannot be written', () => 1n, expect.any(TypeError)],
  ])('is told so, and those before and after it are stored: %s', async (_, resolver, error) => {
    const resolverFor = (key: string) => (key === 'count' ? resolver : undefined);
    const [first, failing, last] = [{ first: 1 }, { count: 2 }, { last: 1 }].map((change) =>
      save(loaded(before), textOf({ count: 0, ...change })),
    );
    if (!first || !failing || !last) throw new Error('there are three');
    const { batch, merging } = merge([first, failing, last], textOf({ count: 1 }), { resolverFor });
    const result = await merging;
    expect(await failing.end()).toEqual(error);
    expect(batch).toEqual([first.write, last.write]);
    expect(JSON.parse(result?.text ?? '')).toEqual({ cookie, count: 1, first: 1, last: 1 });
  });

  test('because of what it has made together with the one before it', async () => {
    const checkMerged = (session: object) => {
      if (Object.keys(session).length > 4) throw new RangeError('too many keys');
    };
    const [first, failing, change] = [{ first: 1 }, { second: 1 }, { count: 2 }].map((change) =>
      save(loaded(before), textOf({ count: 0, ...change })),
    );
    if (!first || !failing || !change) throw new Error('there are three');
    const stored = textOf({ count: 0, other: 1 });
    const { batch, merging } = merge([first, failing, change], stored, { checkMerged });
    const result = await merging;
    expect(await failing.end()).toEqual(
      expect.objectContaining({ name: 'MergeFailed', cause: new RangeError('too many keys') }),
    );
    expect(batch).toEqual([first.write, change.write]);
    expect(JSON.parse(result?.text ?? '')).toEqual({ cookie, count: 2, other: 1, first: 1 });
  });

  test('leaves nothing to be written where it was the only one', async () => {
    const failing = save(loaded(before), textOf({ count: 2 }));
    const resolverFor = () => () => {
      throw new Error('a mistake in the app');
    };
    const { batch, merging } = merge([failing], textOf({ count: 1 }), { resolverFor });
    expect(await merging).toBeUndefined();
    expect(batch).toEqual([]);
    expect(await failing.end()).toBeInstanceOf(MergeFailed);
  });

  test('is not written over what is no session any more', async () => {
    const late = save(loaded(before), textOf({ count: 2 }));
    expect(await merge([late], 'not JSON').merging).toBeUndefined();
    const error = await late.end();
    expect(error).toBeInstanceOf(SessionGone);
    expect(error).toMatchObject({ cause: expect.any(DamagedSession) });
  });

  test.each([
    ['what is stored', textOf({ count: 1 })],
    ['what was loaded', before],
    ['what is to be stored', textOf({ count: 2 })],
  ])(
    'is not taken for one of a session that is gone where the serializer could not find out %s',
    async (_, unreadable) => {
      const parse = async (text: string) => {
        if (text === unreadable) throw new Error('the key service does not answer');
        return JSON.parse(text);
      };
      const late = save(loaded(before), textOf({ count: 2 }));
      const serializer = { parse, stringify: JSON.stringify };
      await merge([late], textOf({ count: 1 }), { serializer }).merging;
      const error = await late.end();
      expect(error).toBeInstanceOf(SessionStoreUnavailable);
      expect(error).toMatchObject({ call: 'write', reason: 'serializer' });
    },
  );
});

test('A merged text may be as long as the limit, and not longer', async () => {
  const saves = () => ['a', 'b'].map((key) => save(loaded(textOf({})), textOf({ [key]: 1 })));
  const { length } = textOf({ a: 1, b: 1 });
  expect(await merge(saves(), textOf({}), { maxTextLength: length }).merging).toMatchObject({
    text: textOf({ a: 1, b: 1 }),
  });
  const tooLong = merge(saves(), textOf({}), { maxTextLength: length - 1 }).merging;
  await expect(tooLong).rejects.toThrow(SessionTooLarge);
  await expect(tooLong).rejects.toThrow(`is ${length} characters long as text, and at most ${length - 1}`);
});

describe('The time to live', () => {
  const changed = textOf({ count: 1 });

  test('stays as it is where data is written without a request', async () => {
    const snapshot = loaded(before, { isUsed: false, expiresAtMs: 5 });
    const result = await merge([save(snapshot, changed)], before).merging;
    expect(result).toMatchObject({ ttlMs: undefined });
    result?.confirm();
    expect(snapshot).toMatchObject({ storedText: changed, expiresAtMs: 5 });
  });

  test('is a new one where a request is among those that write', async () => {
    const requests = [true, false].map((isUsed) =>
      save(loaded(before, { isUsed }), textOf({ count: isUsed })),
    );
    for (const saves of [requests, requests.toReversed()]) {
      expect(await merge(saves, before).merging).toMatchObject({ ttlMs: 60_000 });
    }
  });

  test('is a new one where data without a request has another lifetime', async () => {
    const longer = JSON.stringify({ cookie: { ...cookie, originalMaxAge: 90_000 }, count: 0 });
    const result = await merge([save(loaded(before, { isUsed: false }), longer)], before).merging;
    expect(result).toMatchObject({ ttlMs: 90_000 });
  });

  test('is at least a millisecond: a session that is still in Redis has not ended', async () => {
    const ended = JSON.stringify({ cookie: { ...cookie, originalMaxAge: -5 }, count: 0 });
    const result = await merge([save(loaded(before), ended)], before).merging;
    expect(result).toMatchObject({ ttlMs: 1 });
  });

  test('is the option’s in seconds for a cookie without one', async () => {
    const plain = (count: number) => JSON.stringify({ cookie: {}, count });
    const result = await merge([save(loaded(plain(0)), plain(1))], plain(0), { ttl: 7 }).merging;
    expect(result).toMatchObject({ ttlMs: 7000 });
  });

  test('is what the app’s function says, which gets all of the merged session', async () => {
    const ttl = jest.fn((_session: SessionData) => 5);
    const saves = ['a', 'b'].map((key) => save(loaded(before), textOf({ count: 0, [key]: 1 })));
    expect(await merge(saves, textOf({ count: 3 }), { ttl }).merging).toMatchObject({ ttlMs: 5000 });
    expect(ttl.mock.calls).toEqual([[{ cookie, count: 3, a: 1, b: 1 }]]);
  });

  test('is what the app’s function says, which gets also what the request has not changed', async () => {
    const ttl = jest.fn((_session: SessionData) => 5);
    const [seen, mine] = [textOf({ user: 'ada', count: 0 }), textOf({ user: 'ada', count: 1 })];
    await merge([save(loaded(seen), mine)], seen, { ttl }).merging;
    expect(ttl.mock.calls).toEqual([[{ cookie, user: 'ada', count: 1 }]]);
  });

  test('is computed from the last save of an object, also after a conflict was resolved in the one before', async () => {
    const ttl = jest.fn((_session: SessionData) => 5);
    const snapshot = loaded(before);
    const saves = [2, 3].map((count) => save(snapshot, textOf({ count })));
    const resolverFor = () => (sides: { mine: unknown }) => sides.mine;
    const result = await merge(saves, textOf({ count: 1 }), { ttl, resolverFor }).merging;
    expect(result?.text).toBe(textOf({ count: 3 }));
    expect(ttl.mock.calls).toEqual([[{ cookie, count: 3 }]]);
  });

  test('is not asked of the app’s function where it stays', async () => {
    const ttl = jest.fn((_session: SessionData) => 5);
    const result = await merge([save(loaded(before, { isUsed: false }), changed)], before, { ttl }).merging;
    expect(result).toMatchObject({ ttlMs: undefined });
    expect(ttl).not.toHaveBeenCalled();
  });
});

test('A conflict that was resolved is the start of what later writes of the batch are merged with', async () => {
  const saves = [1, 2].map((count) => save(loaded(before), textOf({ count })));
  const result = await merge(saves, textOf({ count: 10, other: 1 }), {
    resolverFor: (key) => (key === 'count' ? addUp : undefined),
  }).merging;
  expect(JSON.parse(result?.text ?? '')).toEqual({ cookie, count: 13, other: 1 });
});
