// An experiment is worth something only if a broken deployment fails it. Each of them is run here against one.

import { expect, test } from '@jest/globals';
import { experiments } from '../../services/lab/src/experiments/all-experiments.ts';
import type { Strategy } from '../../services/lab/src/fleet/fleet.ts';
import { startProcessFleet } from '../../services/lab/src/fleet/processes/process-fleet.ts';
import { runExperiments } from '../../services/lab/src/run-experiments.ts';

async function verdictOn(brokenApp: string, experiment: string, strategy: Strategy) {
  const { results } = await runExperiments(
    {
      experiments: experiments.filter(({ name }) => name === experiment),
      strategies: [strategy],
      instances: 3,
      fleetKind: 'processes',
      lanes: 'in turn',
      startFleet: startProcessFleet,
      app: { appEntry: `${import.meta.dirname}/broken-apps/${brokenApp}.ts` },
    },
    { step() {}, finished() {} },
    new AbortController().signal,
  );
  return results[0];
}

test.each([
  ['keeps-sessions-to-itself', 'cross-instance-login', 'redis', 'and each knows each user'],
  ['shares-sessions-anyway', 'cross-instance-login', 'memory', 'and nowhere else'],
  ['keeps-sessions-to-itself', 'scale-out', 'redis', 'every user is still logged in'],
  ['shares-sessions-anyway', 'scale-out', 'memory', 'every user was told that they are not logged in'],
  ['fails-now-and-then', 'scale-out', 'redis', 'no request failed'],
  ['fails-now-and-then', 'crash', 'redis', 'no GET failed'],
  ['keeps-sessions-to-itself', 'scale-in', 'redis', 'every user is still logged in'],
  [
    'shares-sessions-anyway',
    'scale-in',
    'sticky',
    'the users of the instances that are left are known there',
  ],
  ['keeps-sessions-to-itself', 'crash', 'redis', 'every user is still logged in'],
  ['shares-sessions-anyway', 'crash', 'memory', 'the users of the instances that are left are known there'],
  ['shares-sessions-anyway', 'rolling-replacement', 'sticky', 'no user is known to any instance'],
  ['keeps-sessions-to-itself', 'rolling-replacement', 'redis', 'every user is still logged in'],
  ['leaks-memory', 'memory', 'redis', 'a session takes no heap to speak of'],
  ['shares-sessions-anyway', 'memory', 'memory', 'the instance died'],
  ['forgets-to-end-the-session', 'logout', 'redis', 'no session outlives its logout'],
  ['shares-sessions-anyway', 'logout', 'memory', 'so every session outlives its logout'],
] as const)(
  'an app that %s fails the experiment %s with the strategy %s',
  async (app, name, strategy, sentence) => {
    const result = await verdictOn(app, name, strategy);
    expect(result?.asExpected).toBe(false);
    expect(result?.missed).toContainEqual(expect.stringContaining(sentence));
  },
  60_000,
);
