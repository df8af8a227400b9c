// The tests on a Kubernetes cluster, a part of `npm test` where one answers; `npm run test:kubernetes` runs them alone.

import base from './jest.config.js';

/** @type {import('jest').Config} */
export default {
  ...base,
  testMatch: ['**/tests/kubernetes/**/*.test.ts'],
  testPathIgnorePatterns: [],
  // One file at a time: each starts a whole deployment, and several at once would measure how they starve each other.
  maxWorkers: 1,
  testTimeout: 120_000,
};
