// `npm test`: all tests, those on containers and on Kubernetes too where an engine and a cluster answer, after installing what is missing.
// Arguments go to Jest: `npm test -- tests/app/cart`, `npm test -- -t "name of a test"`. Only the suites are started that
// have files with such paths. FULL=true (`npm run test:full`) runs the long forms as well; REQUIRE_CONTAINERS=true makes
// the tests on containers fail, and not be skipped, where there is no engine or an image cannot be had, and
// REQUIRE_KUBERNETES=true those on a cluster. Those on a Docker Swarm are run with REQUIRE_SWARM=true alone.

import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { WrongUse } from '../src/commands/command-line.ts';
import { runMainProgram } from '../src/commands/main-program.ts';
import { demandEngine } from '../src/fleet/compose/engine.ts';
import { demandImages, fleetImages } from '../src/fleet/compose/images.ts';
import { demandCluster } from '../src/fleet/kubernetes/cluster.ts';
import { findPrograms } from '../src/fleet/processes/programs.ts';
import { demandSwarm } from '../src/fleet/swarm/demand-swarm.ts';
import { NotPossibleHere } from '../src/supervision/errors.ts';

const swarmIsRequired = process.env.REQUIRE_SWARM === 'true';

interface Suite {
  readonly name: string;
  readonly config: string;
  /** What it needs beyond nginx and Redis. @throws {NotPossibleHere} */
  readonly demands?: () => Promise<void>;
  /** Then it fails, and is not skipped, where that is missing. */
  readonly isRequired?: boolean;
}

// One after the other: what is tested are deadlines and lost requests, and two suites at once would disturb each other.
const suites: readonly Suite[] = [
  { name: 'parts', config: 'jest.config.js' },
  { name: 'fleets on plain processes', config: 'jest.fleets.config.js' },
  {
    ...{ name: 'containers', config: 'jest.containers.config.js' },
    ...{ demands: demandContainers, isRequired: process.env.REQUIRE_CONTAINERS === 'true' },
  },
  {
    ...{ name: 'Kubernetes', config: 'jest.kubernetes.config.js' },
    ...{ demands: demandKubernetes, isRequired: process.env.REQUIRE_KUBERNETES === 'true' },
  },
  {
    ...{ name: 'Swarm', config: 'jest.swarm.config.js' },
    ...{ demands: demandEnginesAndImages, isRequired: swarmIsRequired },
  },
];

const jest = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
];
const args = process.argv.slice(2);

await runMainProgram(async () => {
  const chosen = await chosenSuites();
  await findPrograms(console.error);
  let passed = true;
  for (const { suite, files } of chosen) passed = (await run(suite, files)) && passed;
  return passed ? 0 : 1;
});

/** The suites that have files for these arguments, and how many; Jest says which. @throws {WrongUse} when none has. */
async function chosenSuites() {
  const listed = await Promise.all(
    suites.map(async (suite) => {
      const command = [...jest, '--config', suite.config, ...args, '--listTests'];
      const { stdout } = await promisify(execFile)(process.execPath, command);
      return { suite, files: stdout.split('\n').filter((line) => line.endsWith('.test.ts')).length };
    }),
  );
  const chosen = listed.filter(({ files }) => files > 0);
  if (chosen.length === 0) throw new WrongUse(`No file of tests matches: ${args.join(' ')}`);
  return chosen;
}

/** Whether all of them passed, or could be skipped. */
async function run({ name, config, demands, isRequired }: Suite, files: number): Promise<boolean> {
  console.log(`\nTests of ${name}: ${files} ${files === 1 ? 'file' : 'files'}`);
  try {
    await demands?.();
  } catch (error) {
    if (!(error instanceof NotPossibleHere) || isRequired) throw error;
    console.log(`SKIPPED: the tests of ${name}. ${error.message}`);
    return true;
  }
  const { status } = spawnSync(process.execPath, [...jest, '--config', config, ...args], {
    stdio: 'inherit',
  });
  return status === 0;
}

async function demandKubernetes(): Promise<void> {
  await demandCluster();
  await demandContainers();
}

/** The engines are the tests' own, and get their images from the one that answers. Nobody gets three engines unasked. */
async function demandEnginesAndImages(): Promise<void> {
  if (!swarmIsRequired)
    throw new NotPossibleHere('They start three Docker engines as root: npm run test:swarm.');
  await demandSwarm();
  await demandEngine();
  await demandImages(fleetImages);
}

async function demandContainers(): Promise<void> {
  await demandEngine();
  await demandImages([...fleetImages, 'PROMETHEUS']);
}
