import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addUp, mergeSessions } from '../../services/session-store/src/merge.ts';
import { type SessionRecord, sameValue } from '../../services/session-store/src/same-value.ts';

const merge = (seen: object, mine: object, stored: object) =>
  mergeSessions({ seen: { ...seen }, mine: { ...mine }, stored: { ...stored } });

describe('A merge of two writes of one session', () => {
  test('keeps what either side added, changed or removed', () => {
    const seen = { kept: 1, mineChanges: 1, storedChanges: 1, mineRemoves: 1, storedRemoves: 1 };
    const mine = { kept: 1, mineChanges: 2, storedChanges: 1, storedRemoves: 1, mineAdds: 3 };
    const stored = { kept: 1, mineChanges: 1, storedChanges: 2, mineRemoves: 1, storedAdds: 3 };
    expect(merge(seen, mine, stored)).toEqual({
      session: { kept: 1, mineChanges: 2, storedChanges: 2, mineAdds: 3, storedAdds: 3 },
      conflicts: [],
    });
  });

  test('gives a key that both changed to the later write, and names it', () => {
    expect(merge({ a: 1 }, { a: 2 }, { a: 3 })).toEqual({ session: { a: 2 }, conflicts: ['a'] });
    expect(merge({ a: 1 }, {}, { a: 3 })).toEqual({ session: {}, conflicts: ['a'] });
    expect(merge({ a: 1 }, { a: 2 }, {})).toEqual({ session: { a: 2 }, conflicts: ['a'] });
  });

  test('finds no conflict where both made the same change', () => {
    expect(merge({ a: 1 }, { a: { x: 1, y: [] } }, { a: { y: [], x: 1 } }).conflicts).toEqual([]);
    expect(merge({ a: 1 }, {}, {})).toEqual({ session: {}, conflicts: [] });
  });

  test('asks the resolver of a key that both changed, and no other', () => {
    const resolverFor = (name: string) => (name === 'count' ? addUp : undefined);
    const sides = {
      seen: { count: 5, name: 'a' },
      mine: { count: 7, name: 'b' },
      stored: { count: 6, name: 'a' },
    };
    expect(mergeSessions(sides, resolverFor)).toEqual({
      session: { count: 8, name: 'b' },
      conflicts: ['count'],
    });
  });

  test('counts two requests that each add one as two', () => {
    const sides = { seen: { count: 1 }, mine: { count: 2 }, stored: { count: 2 } };
    expect(mergeSessions(sides, () => addUp).session).toEqual({ count: 3 });
  });

  test('names a key that a resolver decided, also where both made the same change', () => {
    const sides = { seen: { count: 1 }, mine: { count: 2 }, stored: { count: 2 } };
    expect(mergeSessions(sides, () => addUp).conflicts).toEqual(['count']);
  });

  test('counts an absent number as 0, and gives what is no number to the later write', () => {
    expect(addUp({ seen: undefined, mine: 2, stored: 3 })).toBe(5);
    expect(addUp({ seen: 1, mine: undefined, stored: 3 })).toBe(2);
    expect(addUp({ seen: 1, mine: 2, stored: undefined })).toBe(1);
    expect(addUp({ seen: '1', mine: 2, stored: 3 })).toBe(2);
    expect(addUp({ seen: 1, mine: '2', stored: 3 })).toBe('2');
    expect(addUp({ seen: 1, mine: 2, stored: '3' })).toBe(2);
  });

  test('leaves the cookie as it is stored where one of the sides has none', () => {
    const cookie = { path: '/' };
    expect(merge({}, { cookie, a: 1 }, {}).session).toEqual({ a: 1 });
    expect(merge({ cookie }, { a: 1 }, { cookie }).session).toEqual({ cookie, a: 1 });
    expect(merge({}, { cookie, a: 1 }, { cookie }).session).toEqual({ cookie, a: 1 });
  });

  test('treats __proto__, constructor and toString as keys like any other', () => {
    const mine = JSON.parse('{"__proto__":{"admin":true},"constructor":1}');
    const { session } = merge({}, mine, { toString: 2 });
    expect(JSON.parse(JSON.stringify(session))).toEqual(
      JSON.parse('{"__proto__":{"admin":true},"constructor":1,"toString":2}'),
    );
    expect(Object.getPrototypeOf(session)).toBe(Object.prototype);
  });
});

// Few keys and few values, so that sides often agree, differ and lack the same key.
const key = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor');
const value = fc.oneof(fc.constantFrom<unknown>(0, 1, '', null, [], {}, { x: 1 }, { x: 2 }), fc.jsonValue());
const session = fc
  .array(fc.tuple(key, value), { maxLength: 6 })
  .map((entries) => Object.fromEntries(JSON.parse(JSON.stringify(entries))));
const sameJson = (a: unknown, b: unknown) => sameValue(a, b, Object.is);
const same = (a: unknown, b: unknown) => expect(sameJson(a, b)).toBe(true);

describe('The laws of the merge:', () => {
  test('a side that changed nothing does not affect the result', () => {
    fc.assert(
      fc.property(session, session, (seen, other) => {
        same(merge(seen, other, seen).session, other);
        same(merge(seen, seen, other).session, other);
      }),
    );
  });

  test('merging again with the result changes nothing, so a repeated write does no harm', () => {
    fc.assert(
      fc.property(session, session, session, (seen, mine, stored) => {
        const once = merge(seen, mine, stored).session;
        same(merge(seen, mine, once).session, once);
      }),
    );
  });

  test('without a conflict it does not matter who writes first', () => {
    fc.assert(
      fc.property(session, session, session, (seen, a, b) => {
        const forth = merge(seen, a, b);
        const back = merge(seen, b, a);
        same([...forth.conflicts].sort(), [...back.conflicts].sort());
        if (forth.conflicts.length === 0) same(forth.session, back.session);
      }),
    );
  });

  test('each change of mine is in the result, and each change of others that is not in conflict with it', () => {
    fc.assert(
      fc.property(session, session, session, (seen, mine, stored) => {
        const { session: outcome, conflicts } = merge(seen, mine, stored);
        for (const k of ['a', 'b', 'c', '__proto__', 'constructor']) {
          const at = (side: object) => Object.getOwnPropertyDescriptor(side, k)?.value;
          if (!sameJson(at(mine), at(seen))) same(at(outcome), at(mine));
          else same(at(outcome), at(stored));
          if (!sameJson(at(stored), at(seen)) && !conflicts.includes(k)) same(at(outcome), at(stored));
        }
      }),
    );
  });

  test('counters that add up count each request once, in any order', () => {
    const amounts = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(amounts, fc.integer(), (added, start) => {
        const seen = { count: start };
        const outcome = added.reduce<SessionRecord>(
          (stored, amount) =>
            mergeSessions({ seen, mine: { count: start + amount }, stored }, () => addUp).session,
          { ...seen },
        );
        const sum = added.reduce((total, amount) => total + amount, start);
        expect(outcome).toEqual({ count: sum });
      }),
    );
  });
});
