// What the laboratory's commands and the tests read from the environment beside their options.

import { filesOf } from './files.ts';
import { describeEach } from './found-settings.ts';

const meanings: Readonly<Record<string, string>> = {
  LAB_INSTALL: '`never`: k6 is not built where it is missing.',
  K6_IMAGE:
    'The image of k6 that `npm run load` uses where there is no program. Default: that of the tested version.',
  K6_WEB_DASHBOARD_PERIOD: 'How far apart the points of the report by `--html` are.',
  USERS_FILE: 'As `npm run load -- --users-file`.',
  FULL: '`true`: the long forms of the tests as well, as `npm run test:full` runs them.',
  REQUIRE_CONTAINERS: '`true`: `npm test` fails where no Docker engine answers, and leaves nothing out.',
  REQUIRE_K6: '`true`: `npm test` fails where there is no k6, and leaves nothing out.',
  DATABASE_URL:
    'With it, or DATABASE_URL_FILE, `npm run sessions` runs here, and not in a container of the Compose deployment.',
  DATABASE_URL_FILE: 'As DATABASE_URL, from a file.',
  OWNER_RACE_ROUNDS: 'How many rounds of logins and endings that race the test of users’ lists plays.',
  FUZZ_SEED:
    'The seed of the fuzzing run in tests/security/fuzz, which it prints. Default: another one each time.',
  FUZZ_REQUESTS: 'How many requests the fuzzing run makes up. Default: 5000, with `FULL=true` 20000.',
  KUBECONFIG:
    'kubectl’s own: the file that says which clusters there are. Default: `~/.kube/config`, and without one that of infra/kubernetes-engine.',
  KUBERNETES_ENGINE_STATE: 'Where infra/kubernetes-engine keeps its cluster.',
  REQUIRE_KUBERNETES: '`true`: `npm test` fails where no cluster answers, and leaves nothing out.',
  REQUIRE_SWARM: '`true`: `npm test` starts a Docker Swarm for its tests, and fails where it cannot.',
  DOCKER_ENGINE_STATE: 'Where infra/docker-engine keeps its engine and Docker’s programs.',
  INTERLEAVING_RUNS: 'How many random interleavings of requests the test of the store tries.',
};

/** The machine's own and npm's, and what apps that tests start are given. */
const notSettings = new Set(['PATH', 'HOME', 'HOST', 'PORT', 'DOCKER_HOST', 'INIT_CWD']);

export async function commandSettings() {
  // A name that is assigned to, or deleted, is set for what a test starts.
  const reading = /(?<!delete )\bprocess\.env\.([A-Z0-9_]+)\b(?! (?:\?\?)?= )(?: \?\? ('[^']*'|[\d.]+))?/g;
  const files = await Promise.all(
    ['services/lab/**/*.ts', 'services/bench/**/*.ts', 'tests/**/*.ts'].map(filesOf),
  );
  const found = files.flat().flatMap(({ path, text }) =>
    Array.from(text.matchAll(reading), ([, name = '', value]) => ({
      name,
      path,
      default: value?.replaceAll("'", ''),
    })),
  );
  return describeEach(
    found.filter(({ name }) => !notSettings.has(name)),
    meanings,
    'services/lab/setup/settings/command-settings.ts',
  );
}
