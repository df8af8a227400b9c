// `npm test`: all tests, those on containers too where a Docker engine answers. Arguments go to Jest. With
// REQUIRE_CONTAINERS=true it fails where none answers.

import { spawnSync } from 'node:child_process';
import { demandEngine } from '../src/fleet/compose/engine.ts';
import { NotPossibleHere } from '../src/fleet/fleet.ts';

const jest = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
];
// A name may be one of a test with containers only, or of none of them.
const args = ['--passWithNoTests', ...process.argv.slice(2)];

run();
run('--config', 'jest.fleets.config.js');
try {
  await demandEngine();
  run('--config', 'jest.containers.config.js');
} catch (error) {
  if (!(error instanceof NotPossibleHere) || process.env.REQUIRE_CONTAINERS === 'true') throw error;
  console.log(`SKIPPED: tests/containers and tests/fleet/compose-*, which need containers. ${error.message}`);
}

function run(...config: string[]): void {
  const { status } = spawnSync(process.execPath, [...jest, ...config, ...args], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
