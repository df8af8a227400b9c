// How Stryker runs this project's tests. See https://stryker-mutator.io/docs/stryker-js/configuration.

import { join } from 'node:path';
import { projectFolder } from '../../src/k6/k6.ts';
import type { MutationGroup } from './groups.ts';

/** Of this run alone. In .cache, which neither git nor the checks look into. */
export const mutationFolder = join(projectFolder, '.cache', `mutation-${process.pid}`);

const isTerminal = process.stdout.isTTY === true;

export type StrykerRun = MutationGroup;

/** @param stryker the folder of its packages */
export function strykerOptions(stryker: string, { sources, tests }: StrykerRun): object {
  return {
    mutate: sources.map((name) => `services/session-store/src/${name}.ts`),
    plugins: [join(stryker, 'jest-runner/dist/src/index.js')],
    testRunner: 'jest',
    testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
    coverageAnalysis: 'perTest',
    jest: {
      configFile: 'jest.config.js',
      // Which tests belong to a group is said there, and Stryker knows which of them reach a mutant.
      enableFindRelatedTests: false,
      config: {
        testMatch: tests.map((name) => `<rootDir>/tests/session-store/${name}.test.ts`),
        // By its name, the package is found in node_modules: a link to the sources without mutants.
        moduleNameMapper: { '^merging-redis-store$': '<rootDir>/services/session-store/src/index.ts' },
      },
    },
    // Types are stripped and not checked when the tests run.
    disableTypeChecks: false,
    // Stryker would rewrite the paths in tsconfig.json, with functions that TypeScript 7 does not have. No test reads it.
    tsconfigFile: 'none',
    concurrency: 2,
    // Jest's modules are not freed as long as its process runs.
    maxTestRunnerReuse: 100,
    tempDirName: join(mutationFolder, 'sandbox'),
    cleanTempDir: 'always',
    ignorePatterns: [
      '.cache',
      '.ci',
      '.github',
      'docs',
      'infra',
      'loadtest',
      'services/lab',
      'services/bench',
      'services/scale',
    ],
    reporters: ['clear-text', 'progress-append-only'],
    clearTextReporter: { allowColor: isTerminal, logTests: false, reportTests: false },
    allowConsoleColors: isTerminal,
  };
}
