// The tests on a Docker engine: `npm run test:containers`, and a part of `npm test` where an engine answers.

import base from './jest.config.js';
import { demandEngine } from './services/lab/src/fleet/compose/engine.ts';

/** @type {() => Promise<import('jest').Config>} */
export default async () => {
  await demandEngine();
  return {
    ...base,
    testMatch: ['**/tests/containers/**/*.test.ts', '**/compose-*.test.ts'],
    testPathIgnorePatterns: [],
    // One file at a time: each starts a whole deployment, and several at once would measure how they starve each other.
    maxWorkers: 1,
    testTimeout: 120_000,
  };
};
