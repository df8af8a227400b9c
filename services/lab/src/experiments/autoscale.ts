// The autoscaling problem as it happens: the load rises and falls, an autoscaler follows, and people are logged in.

import { setTimeout as pause } from 'node:timers/promises';
import { Autoscaler, type Step } from '../autoscaler/autoscaler.ts';
import { InstanceCounts } from '../fleet/instance-counts.ts';
import { guestRequestsPerSecond, RushHour, userRequestsPerSecond } from '../traffic/rush-hour.ts';
import type { Second } from '../traffic/time-line.ts';
import { survivalOf } from '../users/survival.ts';
import {
  type ChangeFigures,
  everyoneIsStillLoggedIn,
  nobodyWasLoggedOut,
  noRequestFailed,
  onlyUsersOfRemainingInstances,
} from './change-under-traffic.ts';
import { experiment, type Figures } from './experiment.ts';

/**
 * The autoscaler's metric and target: requests per second on an average instance, all answers divided by the instances.
 * Load balancers count the same, and clouds scale on it. Not CPU: the fleets of a demo share one machine, so an
 * instance's CPU time tells as much of its neighbours as of its load, and the steps would hang on the machine. Not
 * requests in flight: an answer takes a millisecond or two, so there are hardly any.
 */
const targetRequestsPerSecond = 40;
/** How much more than N instances' worth of load there is at the height, so that the N-th is surely asked for. */
const surplus = 1.2;

const riseSeconds = 5;
const fallSeconds = 5;
/**
 * Users who are there at first, who come as the load rises, and who come at its height. `sticky` only loses people who
 * met an instance that goes again, so the last ones come when all instances are there.
 */
const [usersAtFirst, usersOfTheRise, usersOfTheHeight] = [4, 6, 10];
const users = usersAtFirst + usersOfTheRise + usersOfTheHeight;

/** The height, and the quiet at the end, go on for so long after the autoscaler has done its part. */
const heightSeconds = 2.5;
const quietSeconds = 2.5;
/** How long the autoscaler may take to get to N, or back to 1, in ms. */
const followingMs = 30_000;

interface TimeLineSecond extends Second, Figures {
  /** Instances that were running and known to the proxy at the end of this second. */
  readonly instances: number;
}

export interface AutoscaleFigures extends ChangeFigures {
  readonly instances: number;
  readonly mostInstances: number;
  readonly instancesAtTheEnd: number;
  readonly targetRequestsPerSecond: number;
  /** Users who had been told that they are not logged in before the first instance was removed. */
  readonly loggedOutByScaleOut: number;
  /** The autoscaler's steps that changed the fleet. */
  readonly changes: readonly (Step & Figures)[];
  readonly timeLine: readonly TimeLineSecond[];
}

const followedTheLoad = {
  'the autoscaler went from 1 instance to all of them and back': (f: AutoscaleFigures) =>
    f.mostInstances === f.instances && f.instancesAtTheEnd === 1,
};

export const autoscale = experiment<AutoscaleFigures>({
  name: 'autoscale',
  title: 'An autoscaler follows the load, 1 → N → 1',
  question: 'Who is still logged in when the load rises and falls, and an autoscaler follows it?',
  initialFleet: () => ({ instances: 1 }),

  async run({ fleet, client, instances, say }) {
    await using rush = new RushHour(client, guestsAtTheHeight(instances));
    await using counts = new InstanceCounts(fleet);
    await rush.letIn(usersAtFirst, 0);

    let loggedOutByScaleOut: number | undefined;
    const watchedFleet = {
      instances: () => fleet.instances(),
      async scaleTo(count: number) {
        if (count < (await fleet.instances()).length) loggedOutByScaleOut ??= rush.report().loggedOut;
        await fleet.scaleTo(count);
      },
    };
    await using autoscaler = new Autoscaler({
      fleet: watchedFleet,
      metric: (running) => rush.requestsPerSecond() / Math.max(1, running),
      target: targetRequestsPerSecond,
      ...{ min: 1, max: instances, scaleDownWindowSeconds: 2, everyMs: 500 },
    });

    say('the load rises, the autoscaler follows');
    rush.rise(riseSeconds);
    await Promise.all([rush.letIn(usersOfTheRise, riseSeconds), pause(riseSeconds * 1000)]);
    await reached(instances, autoscaler);
    await Promise.all([rush.letIn(usersOfTheHeight, heightSeconds / 2), pause(heightSeconds * 1000)]);

    say('the load falls, the autoscaler follows');
    rush.fall(fallSeconds);
    await pause(fallSeconds * 1000);
    await reached(1, autoscaler);
    await pause(quietSeconds * 1000);
    const steps = await autoscaler.stop();
    const { seconds, timeLine, ...report } = await rush.stop();
    const counted = await counts.stop();

    say('asking every instance who is still logged in');
    const left = (await fleet.instances()).map(({ name }) => name);
    return {
      ...report,
      trafficSeconds: Number(seconds.toFixed(1)),
      ...(await survivalOf(rush.users, left)),
      usersOfRemainingInstances: rush.users.filter(
        ({ loginInstance }) => loginInstance !== undefined && left.includes(loginInstance),
      ).length,
      instances,
      mostInstances: Math.max(...counted),
      instancesAtTheEnd: left.length,
      targetRequestsPerSecond,
      loggedOutByScaleOut: loggedOutByScaleOut ?? report.loggedOut,
      changes: steps.filter(({ instances, desired }) => desired !== instances).map((step) => ({ ...step })),
      timeLine: timeLine.map((second, n) => ({ ...second, instances: counted[n] ?? left.length })),
    };
  },

  observed: ({ loggedOut, users, stillLoggedIn, requests, failedGets, failedPosts }) =>
    [
      `${loggedOut} of ${users} users logged out`,
      `${stillLoggedIn} of ${users} logged in at the end`,
      `${failedGets + failedPosts} of ${requests.toLocaleString('en')} requests failed`,
    ].join('\n'),

  expected: {
    memory: {
      outcome: 'everyone is logged out by the steps out, and the sessions of removed instances are gone',
      assertions: {
        ...followedTheLoad,
        'every user was logged out': (f) => f.loggedOut === f.users,
        'steps out alone threw users out': (f) => f.loggedOutByScaleOut > 0,
        ...onlyUsersOfRemainingInstances,
        ...noRequestFailed,
      },
    },
    sticky: {
      outcome: 'the steps out hurt nobody; each step in throws out the users of the removed instances',
      assertions: {
        ...followedTheLoad,
        'nobody was logged out by the steps out': (f) => f.loggedOutByScaleOut === 0,
        'exactly the users of removed instances were logged out': (f) =>
          f.loggedOut === f.users - f.usersOfRemainingInstances,
        ...onlyUsersOfRemainingInstances,
        ...noRequestFailed,
      },
    },
    redis: {
      outcome: 'nobody notices, and no request fails',
      assertions: {
        ...followedTheLoad,
        ...everyoneIsStillLoggedIn,
        ...nobodyWasLoggedOut,
        ...noRequestFailed,
      },
    },
  },
});

/** So many that they make, with the users, N instances' worth of load and the surplus. */
function guestsAtTheHeight(instances: number): number {
  const requests = surplus * instances * targetRequestsPerSecond;
  return Math.ceil((requests - users * userRequestsPerSecond) / guestRequestsPerSecond);
}

/** Resolves when the autoscaler has brought the fleet to so many instances, or when it has had its time for that. */
async function reached(count: number, autoscaler: Autoscaler): Promise<void> {
  const endMs = performance.now() + followingMs;
  while (performance.now() < endMs && autoscaler.failure === undefined) {
    if (autoscaler.steps.at(-1)?.desired === count) return;
    await pause(50);
  }
}
