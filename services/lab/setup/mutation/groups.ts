// Which sources get mutants, and which tests have to notice them. In groups, because all tests of a group are loaded for
// each of its mutants. That takes half a second for those of a pure function, and more for those that start a Redis.

export interface MutationGroup {
  /** Files of services/session-store/src, without `.ts`. */
  readonly sources: readonly string[];
  /** Files of tests/session-store, without `.test.ts`. The names of their tests have to differ. */
  readonly tests: readonly string[];
}

export const groups: readonly MutationGroup[] = [
  {
    sources: ['merge', 'merge-cookies', 'same-value'],
    tests: ['merge', 'merge-cookies', 'same-value'],
  },
  { sources: ['json-members'], tests: ['json-members'] },
  { sources: ['breaker'], tests: ['breaker'] },
  { sources: ['lifetime'], tests: ['lifetime'] },
  { sources: ['redis-errors'], tests: ['redis-errors'] },
  { sources: ['deadline'], tests: ['deadline-ticks'] },
  { sources: ['redis-calls'], tests: ['redis-calls'] },
  { sources: ['merge-writes'], tests: ['merge-writes', 'merge-writes-limits'] },
  { sources: ['session-origins'], tests: ['session-origins'] },
  { sources: ['compare-and-set'], tests: ['compare-and-set'] },
  { sources: ['session-writes'], tests: ['session-writes', 'concurrent-writes'] },
];
