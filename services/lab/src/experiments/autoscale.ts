// The autoscaling problem as it happens: the load rises and falls, an autoscaler follows, and people are logged in.

import { setTimeout as pause } from 'node:timers/promises';
import { Autoscaler } from '../autoscaler/autoscaler.ts';
import type { AutoscalerStep, Fleet, Following, PlatformAutoscaler } from '../fleet/fleet.ts';
import { InstanceCounts } from '../fleet/instance-counts.ts';
import { guestRequestsPerSecond, RushHour } from '../traffic/rush-hour.ts';
import type { TrafficReport } from '../traffic/tally.ts';
import type { Second } from '../traffic/time-line.ts';
import type { HttpClient } from '../users/http-client.ts';
import { type Survival, survivalOf } from '../users/survival.ts';
import {
  everyoneIsStillLoggedIn,
  nobodyWasLoggedOut,
  noRequestFailed,
  onlyUsersOfRemainingInstances,
  usersOf,
} from './change-under-traffic.ts';
import { experiment, type Figures } from './experiment.ts';

interface Pace {
  /**
   * The autoscaler's metric and target: requests per second on an average instance, that is, what all people who are there
   * ask for in a second, answered or not, divided by the instances. Here it follows from the schedule of the users and guests; a load balancer
   * would count it, and clouds scale on it. A platform's own autoscaler knows only what instances use of the processor: its
   * target is what so many requests take.
   * Otherwise neither CPU nor answers: the fleets of a demo share one machine, so both tell as much of its other work as of the load.
   * Nor requests in flight: an answer takes a millisecond or two, so there are hardly any.
   */
  readonly targetRequestsPerSecond: number;
  readonly riseSeconds: number;
  readonly fallSeconds: number;
  /** How much more than N instances' worth of load there is at the peak, so that the N-th is surely asked for. */
  readonly surplus: number;
  /** What a user asks for. All of them together have to be less than what one instance is for. */
  readonly userRequestsPerSecond: number;
}

const ownPace: Pace = {
  targetRequestsPerSecond: 40,
  riseSeconds: 5,
  fallSeconds: 5,
  surplus: 1.2,
  userRequestsPerSecond: 1.5,
};
/**
 * A platform measures and decides every ten seconds and more. What the same requests take of the processor differs by a third from
 * minute to minute on a machine that has other work, so the peak is further above the target, and the end further below. And its
 * cluster itself takes half a core of that machine, and each start more than a second of one.
 */
const platformPace: Pace = {
  targetRequestsPerSecond: 20,
  riseSeconds: 40,
  fallSeconds: 15,
  surplus: 1.4,
  userRequestsPerSecond: 0.4,
};
/**
 * Users who are there at first, who come as the load rises, and who come at its peak. `sticky` only loses people who
 * met an instance that goes again, so the last ones come when all instances are there.
 */
const [usersAtFirst, usersOfTheRise, usersAtThePeak] = [4, 6, 10];
const users = usersAtFirst + usersOfTheRise + usersAtThePeak;

/** The peak, and the time at the end, last so long after the autoscaler has done its part. */
const peakSeconds = 2.5;
const afterPeakSeconds = 2.5;
/** How long one step of the autoscaler may take, in ms. On an idle machine it takes a second or two. */
const stepDeadlineMs = 120_000;
/** How long it may take from one instance to all of them, and back, in ms. */
const followingMs = 180_000;
/** The same where the platform does it: a metrics server may read once a minute, and by default five pass before a scale-in. */
const platformFollowingMs = 600_000;
/** How long an instance is warmed up, and then measured, in seconds. The first requests take several times as much. */
const [warmUpSeconds, measuredSeconds] = [10, 10];
/**
 * By round robin over two instances and more, a user who has had so many answers has met another instance than the one
 * that they logged in on.
 */
const answersThatShowIt = 8;

interface TimeLineSecond extends Second, Figures {
  /** Instances that were running and known to the proxy at the end of this second. */
  readonly instances: number;
}

export interface AutoscaleFigures extends Figures, Survival, Omit<TrafficReport, 'seconds'> {
  readonly trafficSeconds: number;
  /** How many of the users logged in on the instance that is left. */
  readonly usersOfRemainingInstances: number;
  readonly instances: number;
  readonly mostInstances: number;
  readonly instancesAtTheEnd: number;
  readonly targetRequestsPerSecond: number;
  /** Whose autoscaler it was, and of a platform's the target, in thousandths of a core. The laboratory's own has none: 0. */
  readonly autoscaler: string;
  readonly targetMilliCores: number;
  /** The fewest answers that a user had until one instance was left. */
  readonly fewestAnswersOfAUser: number;
  /** Users who had been told that they are not logged in before the first instance was removed. */
  readonly loggedOutByScaleOut: number;
  /** The autoscaler's steps that changed the fleet. */
  readonly changes: readonly (AutoscalerStep & Figures)[];
  /** All that a platform's autoscaler decided, also to change nothing; empty with the laboratory's own. */
  readonly decisions: readonly (AutoscalerStep & Figures)[];
  readonly timeLine: readonly TimeLineSecond[];
}

const preconditions = {
  'the autoscaler went from 1 instance to all of them and back': (f: AutoscaleFigures) =>
    f.mostInstances === f.instances && f.instancesAtTheEnd === 1,
  [`every user had ${answersThatShowIt} answers until one instance was left`]: (f: AutoscaleFigures) =>
    f.fewestAnswersOfAUser >= answersThatShowIt,
};

export const autoscale = experiment<AutoscaleFigures>({
  name: 'autoscale',
  title: 'An autoscaler follows the load, 1 → N → 1',
  question: 'Who is still logged in when the load rises and falls, and an autoscaler follows it?',
  initialFleet: () => ({ instances: 1 }),

  async run({ fleet, client, instances, say }) {
    const pace = fleet.autoscaler ? platformPace : ownPace;
    const { riseSeconds, fallSeconds, userRequestsPerSecond, targetRequestsPerSecond } = pace;
    const targetMilliCores =
      fleet.autoscaler && (await milliCoresOfTheTarget(fleet, fleet.autoscaler, client, say));

    let loggedOutByScaleOut: number | undefined;
    const onFirstScaleIn = () => {
      loggedOutByScaleOut ??= rush.report().loggedOut;
    };
    await using platform =
      targetMilliCores === undefined
        ? undefined
        : await fleet.autoscaler?.follow({ max: instances, targetMilliCores, onFirstScaleIn });
    await using rush = new RushHour(client, guestsAtThePeak(instances, pace), userRequestsPerSecond);
    await using autoscaler = platform ?? followWithOwn(fleet, rush, instances, onFirstScaleIn);
    await using counts = new InstanceCounts(fleet);
    await rush.addUsers(usersAtFirst, 0);

    say('the load rises, the autoscaler follows');
    rush.rise(riseSeconds);
    await Promise.all([rush.addUsers(usersOfTheRise, riseSeconds), pause(riseSeconds * 1000)]);
    await reached(instances, fleet, autoscaler);
    await Promise.all([rush.addUsers(usersAtThePeak, peakSeconds / 2), pause(peakSeconds * 1000)]);

    say('the load falls, the autoscaler follows');
    rush.fall(fallSeconds);
    await pause(fallSeconds * 1000);
    await reached(1, fleet, autoscaler);
    const fewestAnswersOfAUser = rush.fewestAnswersOfAUser();
    await pause(afterPeakSeconds * 1000);
    const steps = await autoscaler.stop();
    const { seconds, timeLine, ...report } = await rush.stop();
    const counted = await counts.stop();

    say('asking every instance who is still logged in');
    const left = (await fleet.instances()).map(({ name }) => name);
    return {
      ...report,
      trafficSeconds: Number(seconds.toFixed(1)),
      ...(await survivalOf(rush.users, left)),
      usersOfRemainingInstances: usersOf(left, rush.users),
      fewestAnswersOfAUser,
      instances,
      mostInstances: Math.max(...counted),
      instancesAtTheEnd: left.length,
      targetRequestsPerSecond,
      autoscaler: fleet.autoscaler?.name ?? 'the laboratory',
      targetMilliCores: targetMilliCores ?? 0,
      loggedOutByScaleOut: loggedOutByScaleOut ?? report.loggedOut,
      changes: steps.filter(({ instances, desired }) => desired !== instances).map((step) => ({ ...step })),
      decisions: fleet.autoscaler ? steps.map((step) => ({ ...step })) : [],
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
      outcome: 'everyone is logged out by scaling out, and the sessions of removed instances are gone',
      assertions: {
        'every user was logged out': (f) => f.loggedOut === f.users,
        'scaling out alone logged users out': (f) => f.loggedOutByScaleOut > 0,
        ...onlyUsersOfRemainingInstances,
        ...noRequestFailed,
      },
      preconditions,
    },
    sticky: {
      outcome: 'scaling out hurts nobody; each scale-in logs out the users of the removed instances',
      assertions: {
        'nobody was logged out by scaling out': (f) => f.loggedOutByScaleOut === 0,
        'exactly the users of removed instances were logged out': (f) =>
          f.loggedOut === f.users - f.usersOfRemainingInstances,
        ...onlyUsersOfRemainingInstances,
        ...noRequestFailed,
      },
      preconditions,
    },
    redis: {
      outcome: 'nobody notices, and no request fails',
      assertions: {
        ...everyoneIsStillLoggedIn,
        ...nobodyWasLoggedOut,
        ...noRequestFailed,
      },
      preconditions,
    },
  },
});

/** So many that they make, with the users, N instances' worth of load and the surplus. */
function guestsAtThePeak(
  instances: number,
  { targetRequestsPerSecond, surplus, userRequestsPerSecond }: Pace,
): number {
  const requests = surplus * instances * targetRequestsPerSecond;
  return Math.ceil((requests - users * userRequestsPerSecond) / guestRequestsPerSecond);
}

/** The laboratory's autoscaler, for what has none of its own. */
function followWithOwn(fleet: Fleet, rush: RushHour, max: number, onFirstScaleIn: () => void): Following {
  const watchedFleet = {
    instances: () => fleet.instances(),
    async scaleTo(count: number) {
      if (count < (await fleet.instances()).length) onFirstScaleIn();
      await fleet.scaleTo(count);
    },
  };
  return new Autoscaler({
    fleet: watchedFleet,
    metric: (running) => rush.requestsPerSecond() / Math.max(1, running),
    target: ownPace.targetRequestsPerSecond,
    ...{ min: 1, max, scaleDownWindowSeconds: 2, everyMs: 500, stepDeadlineMs },
  });
}

/** What an instance uses of the processor at the target's rate of requests, measured on the one that there is. */
async function milliCoresOfTheTarget(
  fleet: Fleet,
  autoscaler: PlatformAutoscaler,
  client: HttpClient,
  say: (step: string) => void,
): Promise<number> {
  const { targetRequestsPerSecond } = platformPace;
  say(`measuring what ${targetRequestsPerSecond} requests a second take of the processor`);
  const [only] = await fleet.instances();
  if (only === undefined) throw new Error('The experiment starts with one instance.');
  await using guests = new RushHour(client, targetRequestsPerSecond / guestRequestsPerSecond, 0);
  guests.rise(0);
  await pause(warmUpSeconds * 1000);
  const [before, beganMs] = [await autoscaler.processorSecondsOf(only.name), performance.now()];
  await pause(measuredSeconds * 1000);
  const [after, endedMs] = [await autoscaler.processorSecondsOf(only.name), performance.now()];
  await guests.stop();
  return Math.max(1, Math.round((1_000_000 * (after - before)) / (endedMs - beganMs)));
}

/** Resolves when the autoscaler has brought the fleet to so many instances, or when it has had its time for that. */
async function reached(count: number, fleet: Fleet, autoscaler: Following): Promise<void> {
  const endMs = performance.now() + (fleet.autoscaler ? platformFollowingMs : followingMs);
  while (performance.now() < endMs && autoscaler.failure === undefined) {
    const isDecided = autoscaler.steps.at(-1)?.desired === count;
    if (isDecided && (await fleet.instances()).length === count) return;
    await pause(50);
  }
}
