// `npm test`: all tests, those on containers too where a Docker engine answers, after installing what is missing.
// Arguments go to Jest. With REQUIRE_CONTAINERS=true it fails where no engine answers.

import { spawnSync } from 'node:child_process';
import { runMainProgram } from '../src/commands/main-program.ts';
import { demandEngine } from '../src/fleet/compose/engine.ts';
import { NotPossibleHere } from '../src/fleet/fleet.ts';
import { findPrograms } from '../src/fleet/processes/programs.ts';

const jest = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
];
// A name may be one of a test with containers only, or of none of them.
const args = ['--passWithNoTests', ...process.argv.slice(2)];

await runMainProgram(async () => {
  await findPrograms(console.error);
  const passed = [run(), run('--config', 'jest.fleets.config.js'), await runOnContainers()];
  return passed.every(Boolean) ? 0 : 1;
});

async function runOnContainers(): Promise<boolean> {
  try {
    await demandEngine();
  } catch (error) {
    if (!(error instanceof NotPossibleHere) || process.env.REQUIRE_CONTAINERS === 'true') throw error;
    console.log(
      `SKIPPED: tests/containers and tests/fleet/compose-*, which need containers. ${error.message}`,
    );
    return true;
  }
  return run('--config', 'jest.containers.config.js');
}

/** Whether all of them passed. */
function run(...config: string[]): boolean {
  const { status } = spawnSync(process.execPath, [...jest, ...config, ...args], { stdio: 'inherit' });
  return status === 0;
}
