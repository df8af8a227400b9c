import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hashedName, newSessionId } from 'merging-redis-store';
import { hashSlot } from '../../services/session-store/src/servers.ts';
import { isListName, listName, ownedName } from '../../services/session-store/src/session-names.ts';

/** Ids as express-session, a UUID and this package make them. */
const ids = [
  'Q2hQ9k3vJ0a8o0u2t-_6mJr5m2c1dLxW',
  '8e03978e-40d5-43dd-bc93-6894a57f9324',
  newSessionId(),
  newSessionId('a user'),
];

describe('The hashed name of an id', () => {
  test('is the id where that is of the old form', () => {
    expect(ids.slice(0, 2).map(hashedName)).toEqual(ids.slice(0, 2));
  });

  test('holds no part of an id of the new form but the tag', () => {
    for (const id of [newSessionId(), newSessionId('a user')]) {
      const name = hashedName(id);
      expect(name).toMatch(/^(h|\{[\w-]{22}\}):[\w-]{43}$/);
      expect(name).not.toContain(id.slice(0, 32));
      expect(hashedName(id)).toBe(name);
    }
  });

  test('is no id of its session, nor leads any part of it there', () => {
    for (const id of [newSessionId(), newSessionId('a user')]) {
      const name = hashedName(id);
      const hash = name.split(':')[1] ?? '';
      const [tag = ''] = /\.(.*)/.exec(id)?.slice(1) ?? [];
      for (const guess of [name, hash, `${hash}.`, `${hash}.${tag}`, `h:${hash}`, `{${tag}}:${hash}`]) {
        expect(hashedName(guess)).not.toBe(name);
      }
    }
  });

  test('is never the name of another id, whatever a client sends, nor that of a list', () => {
    const known = new Map(ids.map((id) => [hashedName(id), id]));
    const anything = fc.oneof(fc.string(), fc.constantFrom(...ids, ...known.keys()));
    fc.assert(
      fc.property(anything, fc.string({ maxLength: 3 }), (id, more) => {
        const name = hashedName(id + more);
        expect(isListName(name)).toBe(false);
        expect(known.get(name) ?? id + more).toBe(id + more);
      }),
      { numRuns: 5000 },
    );
  });
});

test('All sessions of a user and their list are on one node of a cluster, those of users on many', () => {
  const slots = Array.from({ length: 50 }, (_, user) => {
    const list = listName(`user ${user}`);
    const names = [hashedName(newSessionId(`user ${user}`)), hashedName(newSessionId(`user ${user}`))];
    expect(names.map((name) => ownedName(name)?.list)).toEqual([list, list]);
    const all = new Set([list, ...names].map((name) => hashSlot(`sess:${name}`)));
    expect(all.size).toBe(1);
    return [...all][0];
  });
  expect(new Set(slots).size).toBeGreaterThan(40);
});

test('Ids of guests and of users are new each time', () => {
  const made = Array.from({ length: 100 }, (_, n) => newSessionId(n % 2 ? 'a user' : undefined));
  expect(new Set(made).size).toBe(100);
  expect(made.every((id) => /^[\w-]{32}\.([\w-]{22})?$/.test(id))).toBe(true);
  expect(made.map(hashedName).map(ownedName).filter(Boolean)).toHaveLength(50);
});
