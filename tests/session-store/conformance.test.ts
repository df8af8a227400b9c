// The conformance suite against three stores, and the table in the package's README, which has to be what they really do.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Outcome } from 'session-store-conformance';
import { type Outcomes, readmeTable, runConformance, type StoreName } from './conformance-stores.ts';

let outcomes: Outcomes;

beforeAll(async () => {
  outcomes = await runConformance();
}, 180_000);

function namesOf(store: StoreName, result: Outcome['result']): readonly string[] {
  return (outcomes.get(store) ?? []).filter((outcome) => outcome.result === result).map(({ name }) => name);
}

describe('The conformance suite', () => {
  test('finds nothing that this store does not keep', () => {
    expect(outcomes.get('merging-redis-store')?.filter(({ result }) => result !== 'kept')).toEqual([]);
  });

  test('finds what the stock store does not keep', () => {
    expect(namesOf('connect-redis', 'not kept')).toEqual([
      'two parallel writes of different keys both survive',
      'twenty parallel writes all survive',
      'a late write does not undo a logout',
      'a late write after a logout is told that it is lost',
      'a late write does not revive the id that a new login replaced',
      'a renewal does not undo a new lifetime',
      'the cookie’s expires after a renewal is the true end',
      'a logged-in user gets an error and is not taken for logged out',
      'the error comes within a second',
      'a logout is answered with an error',
    ]);
    expect(namesOf('connect-redis', 'not applicable')).toEqual([]);
  });

  test('finds what MemoryStore does not keep, and cannot ask it for outages', () => {
    expect(namesOf('MemoryStore', 'not kept')).toEqual([
      'two parallel writes of different keys both survive',
      'twenty parallel writes all survive',
      'a late write does not undo a logout',
      'a late write after a logout is told that it is lost',
      'a late write does not revive the id that a new login replaced',
      'a renewal does not undo a new lifetime',
    ]);
    const notApplicable = outcomes.get('MemoryStore')?.filter(({ result }) => result === 'not applicable');
    expect(notApplicable?.map(({ group, reason }) => ({ group, reason }))).toEqual(
      Array(5).fill({ group: 'outage', reason: 'the backend cannot be interrupted' }),
    );
  });

  test('prints the table that is in the README', async () => {
    const readme = await readFile(
      join(import.meta.dirname, '../../services/session-store/README.md'),
      'utf8',
    );
    expect(readme).toContain(readmeTable(outcomes));
  });
});
