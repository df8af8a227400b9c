// What scale-out, scale-in, crash and rolling replacement share: logged-in users, traffic all through a change, a count.

import { setTimeout as pause } from 'node:timers/promises';
import type { TrafficReport } from '../traffic/tally.ts';
import { startTraffic } from '../traffic/traffic.ts';
import { type Survival, survivalOf } from '../users/survival.ts';
import { signUpUsers, type User } from '../users/user.ts';
import type { Context, Figures } from './experiment.ts';

export const usersLoggedIn = 20;
/** Traffic goes on for at least so long after the change, in ms: much of what can go wrong shows only then. */
const aftermathMs = 1_000;
/** And until each user has had so many answers for each instance: with round robin, each has then met all instances. */
const answersForEachInstance = 2;
/** That takes a second or two. A machine that is so busy that it takes this long, in ms, cannot show anything. */
const aftermathDeadlineMs = 30_000;

export interface ChangeFigures extends Figures, Omit<TrafficReport, 'seconds'>, Survival {
  readonly trafficSeconds: number;
  /** How many of the users logged in on an instance that is still running after the change. */
  readonly usersOfRemainingInstances: number;
  /** Answers after the change, failures included: how many each user was to have, and the fewest that one has had. */
  readonly answersWantedAfterwards: number;
  readonly fewestAnswersAfterwards: number;
}

/** Logs users in, keeps traffic going while `change` happens, and asks every instance about every user afterwards. */
export async function changeUnderTraffic(
  { fleet, client, instances, say }: Context,
  saying: string,
  change: (users: readonly User[]) => Promise<void>,
): Promise<ChangeFigures> {
  say(`logging in ${usersLoggedIn} users`);
  const users = await signUpUsers(client, usersLoggedIn);

  await using traffic = startTraffic(client, users);
  say(saying);
  await change(users);
  const answersWantedAfterwards = answersForEachInstance * instances;
  const [fewestAnswersAfterwards] = await Promise.all([
    traffic.answersForEachUser(answersWantedAfterwards, aftermathDeadlineMs),
    pause(aftermathMs),
  ]);
  const { seconds, ...report } = await traffic.stop();

  say('asking every instance who is still logged in');
  const left = (await fleet.instances()).map(({ name }) => name);
  return {
    ...report,
    trafficSeconds: Number(seconds.toFixed(1)),
    ...(await survivalOf(users, left)),
    usersOfRemainingInstances: usersOf(left, users),
    answersWantedAfterwards,
    fewestAnswersAfterwards,
  };
}

/** How many of the users logged in on one of these instances. */
export function usersOf(instances: readonly string[], users: readonly User[]): number {
  return users.filter(({ loginInstance }) => loginInstance && instances.includes(loginInstance)).length;
}

/** `18 of 20 users still logged in, 0 of 1,024 requests failed`, and who is known on some instances only. */
export function survivalInWords(figures: ChangeFigures): string {
  const { users, stillLoggedIn, knownSomewhere, requests, failedGets, failedPosts } = figures;
  const partly = knownSomewhere - stillLoggedIn;
  return [
    `${stillLoggedIn} of ${users} users still logged in`,
    ...(partly > 0 ? [`(${partly} more known to some instances only)`] : []),
    `${failedGets + failedPosts} of ${requests.toLocaleString('en')} requests failed`,
  ].join('\n');
}

// The sentences that the expectations of several experiments are made of.

type Report = Pick<TrafficReport, 'loggedOut' | 'failedGets' | 'failedPosts'>;

export const everyoneIsStillLoggedIn = {
  'every user is still logged in': ({ stillLoggedIn, users }: Survival) => stillLoggedIn === users,
};
export const nobodyWasLoggedOut = {
  'no user was told at any time that they are not logged in': ({ loggedOut }: Report) => loggedOut === 0,
};
export const nobodyIsLoggedIn = {
  'no user is known to any instance': ({ knownSomewhere }: Survival) => knownSomewhere === 0,
};
export const onlyUsersOfRemainingInstances = {
  'the users of the instances that are left are known there, and nobody else is': (
    figures: Pick<ChangeFigures, 'knownSomewhere' | 'usersOfRemainingInstances' | 'users'>,
  ) => figures.knownSomewhere === figures.usersOfRemainingInstances && figures.knownSomewhere < figures.users,
};
export const noRequestFailed = {
  'no request failed': ({ failedGets, failedPosts }: Report) => failedGets + failedPosts === 0,
};
export const noGetFailed = {
  'no GET failed': ({ failedGets }: Report) => failedGets === 0,
};

/** For all of them: else there was no traffic to speak of after the change. */
export const everyoneAskedAfterwards = {
  [`every user had ${answersForEachInstance} answers for each instance after the change`]: (
    figures: ChangeFigures,
  ) => figures.fewestAnswersAfterwards >= figures.answersWantedAfterwards,
};
