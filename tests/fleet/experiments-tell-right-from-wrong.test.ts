// An experiment is worth something only if a broken deployment fails it. Each of them is run here against one.

import { setImmediate } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { experiments } from '../../services/lab/src/experiments/all-experiments.ts';
import { type ExperimentResult, runExperiments } from '../../services/lab/src/experiments/run-experiments.ts';
import type { Strategy } from '../../services/lab/src/fleet/fleet.ts';
import { startProcessFleet } from '../../services/lab/src/fleet/processes/start-process-fleet.ts';

/** The broken app, the experiment, the strategy, and a sentence of what is expected that turns out wrong. */
type Case = readonly [app: string, experiment: string, strategy: Strategy, sentence: string];

/** Whether these fail does not depend on how fast the machine is, so several fleets run side by side, the longest first. */
const cases: readonly Case[] = [
  ['keeps-sessions-to-itself', 'cross-instance-login', 'redis', 'every instance knows every user'],
  ['keeps-sessions-to-itself', 'scale-out', 'redis', 'every user is still logged in'],
  ['keeps-sessions-to-itself', 'scale-in', 'redis', 'every user is still logged in'],
  ['keeps-sessions-to-itself', 'autoscale', 'redis', 'every user is still logged in'],
  ['keeps-sessions-to-itself', 'crash', 'redis', 'every user is still logged in'],
  ['keeps-sessions-to-itself', 'rolling-replacement', 'redis', 'every user is still logged in'],
  ['shares-sessions-anyway', 'cross-instance-login', 'memory', 'no other instance knows them'],
  ['shares-sessions-anyway', 'scale-out', 'memory', 'every user was told that they are not logged in'],
  ['shares-sessions-anyway', 'crash', 'memory', 'the users of the instances that are left are known there'],
  [
    'shares-sessions-anyway',
    'logout',
    'memory',
    'every session outlives a logout that another instance answered',
  ],
  ['shares-sessions-anyway', 'lost-update', 'memory', 'in each round some are not in the cart'],
  ['shares-sessions-anyway', 'memory-limit', 'memory', 'the instance died'],
  [
    'shares-sessions-anyway',
    'scale-in',
    'sticky',
    'the users of the instances that are left are known there',
  ],
  ['shares-sessions-anyway', 'autoscale', 'sticky', 'exactly the users of removed instances were logged out'],
  ['shares-sessions-anyway', 'rolling-replacement', 'sticky', 'no user is known to any instance'],
  ['leaks-memory', 'memory-limit', 'redis', 'a session takes no heap to speak of'],
  [
    'shares-sessions-anyway',
    'lost-update',
    'connect-redis',
    'some that were answered with 200 are not in the cart',
  ],
  ['shares-sessions-anyway', 'logout-race', 'connect-redis', 'some users are logged in after their logout'],
  [
    'keeps-sessions-as-everyone-does',
    'lost-update',
    'redis',
    'every addition that was answered with 200 is in the cart',
  ],
  ['keeps-sessions-as-everyone-does', 'logout-race', 'redis', 'no user is logged in after the logout'],
  [
    'keeps-sessions-as-everyone-does',
    'store-outage',
    'redis',
    'every request was answered without waiting for Redis to come back',
  ],
  ['fails-now-and-then', 'scale-out', 'redis', 'no request failed'],
  ['fails-now-and-then', 'crash', 'redis', 'no GET failed'],
  ['takes-an-outage-for-a-logout', 'store-outage', 'redis', 'nobody is told to be logged out'],
  ['forgets-to-end-the-session', 'logout', 'redis', 'no session outlives its logout'],
  ['counts-by-itself', 'flood', 'redis', 'exactly 20 guesses were checked'],
  ['fails-now-and-then', 'flood', 'memory', 'no request of a bystander failed'],
];

/** These fail by being quick, or by being slower than a login: another fleet beside them could turn that. */
const casesAlone: readonly Case[] = [
  ['shares-sessions-anyway', 'store-outage', 'connect-redis', 'a paused Redis makes everybody wait'],
  [
    'hashes-on-the-event-loop',
    'login-storm',
    'redis',
    'fewer than one of ten reads waited as long as a hash takes',
  ],
  [
    'hashes-in-a-thread',
    'login-storm',
    'connect-redis',
    'one of ten reads, or more, waited as long as a hash takes',
  ],
];

/** Of two cores most is taken when three fleets start at once. */
const runsAtOnce = 3;
/** The longest experiment alone takes half a minute of two cores that others use as well. */
const experimentMs = 120_000;
const name = 'an app that %s fails the experiment %s with the strategy %s';

test.concurrent.each(cases)(
  name,
  async (app, experiment, strategy, sentence) => {
    expectFailure(await sharedRun(app, experiment, strategy), sentence);
  },
  cases.length * experimentMs,
);

test.each(casesAlone)(
  name,
  async (app, experiment, strategy, sentence) => {
    const [result] = await run(app, strategy, [experiment]);
    expectFailure(result, sentence);
  },
  experimentMs,
);

function expectFailure(result: ExperimentResult | undefined, sentence: string): void {
  expect(result).toMatchObject({
    verdict: 'unexpected',
    reasons: expect.arrayContaining([expect.stringContaining(sentence)]),
  });
}

interface SharedRun {
  readonly experiments: string[];
  readonly results: Promise<readonly ExperimentResult[]>;
}
const sharedRuns = new Map<string, SharedRun>();
const running = new Set<Promise<void>>();

/** The result of an experiment; all that are asked for of one app with one strategy are run on one fleet. */
async function sharedRun(app: string, experiment: string, strategy: Strategy) {
  const key = `${app} ${strategy}`;
  const begun = sharedRuns.get(key) ?? beginSharedRun(app, strategy);
  sharedRuns.set(key, begun);
  begun.experiments.push(experiment);
  return (await begun.results).find((result) => result.experiment === experiment);
}

function beginSharedRun(app: string, strategy: Strategy): SharedRun {
  const names: string[] = [];
  const results = (async () => {
    await setImmediate(); // By then all concurrent tests have said what they ask for.
    while (running.size >= runsAtOnce) await Promise.race(running);
    const work = run(app, strategy, names);
    // A failure is told to those who asked for this run, and not to those who wait for their turn.
    const ended = work.then(
      () => {},
      () => {},
    );
    running.add(ended);
    ended.then(() => running.delete(ended));
    return await work;
  })();
  return { experiments: names, results };
}

async function run(app: string, strategy: Strategy, names: readonly string[]) {
  const { results } = await runExperiments(
    {
      experiments: experiments.filter(({ name }) => names.includes(name)),
      strategies: [strategy],
      instances: 3,
      fleetKind: 'processes',
      strategyRuns: 'one after another',
      startFleet: startProcessFleet,
      app: { appEntry: `${import.meta.dirname}/broken-apps/${app}.ts` },
    },
    { step() {}, finished() {} },
    AbortSignal.timeout(names.length * experimentMs),
  );
  return results;
}
