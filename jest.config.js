/** The tests of parts. Those of whole fleets have jest.fleets.config.js and jest.containers.config.js. @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/tests'],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: [
    '/tests/containers/',
    '/tests/kubernetes/',
    '/tests/swarm/on-engines/',
    '/tests/fleet/',
    '/tests/security/',
    '/tests/docs/on-processes/',
    '/tests/docs/in-containers/',
  ],
  // The sources are ES modules; Jest runs them as such with node --experimental-vm-modules (see package.json).
  extensionsToTreatAsEsm: ['.ts'],
  // Types are stripped by the function that Node itself uses, so that what is tested is what runs.
  transform: { '\\.ts$': '<rootDir>/tests/support/strip-types.js' },
  // Each test file may start servers of its own. More at once than cores only makes them wait for each other.
  maxWorkers: 2,
  testTimeout: 30_000,
};
