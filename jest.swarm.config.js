// The tests on a Docker Swarm, a part of `npm test` where one can be started; `npm run test:swarm` runs them alone.

import base from './jest.config.js';

/** @type {import('jest').Config} */
export default {
  ...base,
  testMatch: ['**/tests/swarm/on-engines/*.test.ts'],
  testPathIgnorePatterns: [],
  // One file at a time: each starts a whole swarm.
  maxWorkers: 1,
};
