// What the laboratory's commands and the tests read from the environment beside their options.

import { filesOf } from './files.ts';
import { describeEach } from './found-settings.ts';

const meanings: Readonly<Record<string, string>> = {
  LAB_INSTALL: '`never`: k6 is not built where it is missing.',
  K6_IMAGE:
    'The image of k6 that `npm run load` uses where there is no program. Default: that of the tested version.',
  K6_WEB_DASHBOARD_PERIOD: 'How far apart the points of the report by `--html` are.',
  REQUIRE_CONTAINERS: '`true`: `npm test` fails where no Docker engine answers, and leaves nothing out.',
  REQUIRE_K6: '`true`: `npm test` fails where there is no k6, and leaves nothing out.',
  INTERLEAVING_RUNS: 'How many random interleavings of requests the test of the store tries.',
};

/** The machine's own, and what apps that tests start are given. */
const notSettings = new Set(['PATH', 'HOST', 'PORT', 'DOCKER_HOST']);

export async function commandSettings() {
  // A name that is assigned to is set for what a test starts.
  const reading = /\bprocess\.env\.([A-Z0-9_]+)\b(?! (?:\?\?)?= )(?: \?\? ('[^']*'|[\d.]+))?/g;
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
