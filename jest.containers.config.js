// The tests on a Docker engine, a part of `npm test` where an engine answers; `npm run test:containers` runs them alone.

import base from './jest.config.js';

/** @type {import('jest').Config} */
export default {
  ...base,
  testMatch: ['**/tests/containers/**/*.test.ts', '**/tests/docs/in-containers/*.test.ts'],
  testPathIgnorePatterns: [],
  // One file at a time: each starts a whole deployment, and several at once would measure how they starve each other.
  maxWorkers: 1,
  testTimeout: 120_000,
};
