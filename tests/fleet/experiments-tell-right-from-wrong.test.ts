// An experiment is worth something only if a broken deployment fails it. Each of them is run here against one.

import { expect, test } from '@jest/globals';
import { experiments } from '../../services/lab/src/experiments/all-experiments.ts';
import { runExperiments } from '../../services/lab/src/experiments/run-experiments.ts';
import type { Strategy } from '../../services/lab/src/fleet/fleet.ts';
import { startProcessFleet } from '../../services/lab/src/fleet/processes/start-process-fleet.ts';

async function verdictOn(brokenApp: string, experiment: string, strategy: Strategy) {
  const { results } = await runExperiments(
    {
      experiments: experiments.filter(({ name }) => name === experiment),
      strategies: [strategy],
      instances: 3,
      fleetKind: 'processes',
      strategyRuns: 'one after another',
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
  ['keeps-sessions-to-itself', 'autoscale', 'redis', 'every user is still logged in'],
  ['shares-sessions-anyway', 'autoscale', 'sticky', 'exactly the users of removed instances were logged out'],
  ['keeps-sessions-to-itself', 'crash', 'redis', 'every user is still logged in'],
  ['shares-sessions-anyway', 'crash', 'memory', 'the users of the instances that are left are known there'],
  ['shares-sessions-anyway', 'rolling-replacement', 'sticky', 'no user is known to any instance'],
  ['keeps-sessions-to-itself', 'rolling-replacement', 'redis', 'every user is still logged in'],
  ['leaks-memory', 'memory-limit', 'redis', 'a session takes no heap to speak of'],
  ['shares-sessions-anyway', 'memory-limit', 'memory', 'the instance died'],
  ['forgets-to-end-the-session', 'logout', 'redis', 'no session outlives its logout'],
  [
    'shares-sessions-anyway',
    'logout',
    'memory',
    'every session outlives a logout that another instance answered',
  ],
  [
    'keeps-sessions-as-everyone-does',
    'lost-update',
    'redis',
    'every addition that was answered with 200 is in the cart',
  ],
  [
    'shares-sessions-anyway',
    'lost-update',
    'connect-redis',
    'some that were answered with 200 are not in the cart',
  ],
  ['shares-sessions-anyway', 'lost-update', 'memory', 'in each round some are not in the cart'],
  ['keeps-sessions-as-everyone-does', 'logout-race', 'redis', 'no user is logged in after the logout'],
  ['shares-sessions-anyway', 'logout-race', 'connect-redis', 'some users are logged in after their logout'],
  [
    'keeps-sessions-as-everyone-does',
    'store-outage',
    'redis',
    'every request was answered without waiting for Redis to come back',
  ],
  ['takes-an-outage-for-a-logout', 'store-outage', 'redis', 'nobody is told to be logged out'],
  ['shares-sessions-anyway', 'store-outage', 'connect-redis', 'a paused Redis makes everybody wait'],
  ['hashes-on-the-event-loop', 'login-storm', 'redis', 'nine of ten reads took less time than a hash'],
  ['hashes-in-a-thread', 'login-storm', 'connect-redis', 'half of the reads waited as long as a hash takes'],
] as const)(
  'an app that %s fails the experiment %s with the strategy %s',
  async (app, name, strategy, sentence) => {
    const result = await verdictOn(app, name, strategy);
    expect(result?.verdict).toBe('unexpected');
    expect(result?.reasons).toContainEqual(expect.stringContaining(sentence));
  },
  // The longest experiment alone takes half a minute of two cores that others use as well.
  120_000,
);
