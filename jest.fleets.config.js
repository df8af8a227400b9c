// The tests of whole fleets on plain processes, a part of `npm test`.

import base from './jest.config.js';

/** @type {import('jest').Config} */
export default {
  ...base,
  testMatch: [
    '**/tests/fleet/**/*.test.ts',
    '**/tests/security/**/*.test.ts',
    '**/tests/docs/on-processes/*.test.ts',
  ],
  testPathIgnorePatterns: [],
  // One file at a time: each fleet is a dozen processes, and what is tested are deadlines and lost requests. Two fleets
  // on two cores would measure how they starve each other.
  maxWorkers: 1,
  // Tests that are marked as concurrent only wait for what they share, so all of them may wait at once.
  maxConcurrency: 100,
};
