import {
  changeUnderTraffic,
  everyoneAskedAfterwards,
  everyoneIsStillLoggedIn,
  nobodyIsLoggedIn,
  nobodyWasLoggedOut,
  noRequestFailed,
  survivalInWords,
} from './change-under-traffic.ts';
import { experiment } from './experiment.ts';

const everyoneIsGone = {
  outcome: 'everyone is logged out',
  assertions: { ...nobodyIsLoggedIn, ...noRequestFailed },
  preconditions: everyoneAskedAfterwards,
};

export const rollingReplacement = experiment({
  name: 'rolling-replacement',
  title: 'Replace each of N instances (a deploy) under traffic',
  question: 'Does a deploy log people out?',
  initialFleet: (instances) => ({ instances }),
  run: (context) =>
    changeUnderTraffic(context, 'replacing the instances one by one', () => context.fleet.replaceAll()),
  observed: survivalInWords,

  expected: {
    memory: everyoneIsGone,
    sticky: everyoneIsGone,
    redis: {
      outcome: 'nobody notices, and no request fails',
      assertions: { ...everyoneIsStillLoggedIn, ...nobodyWasLoggedOut, ...noRequestFailed },
      preconditions: everyoneAskedAfterwards,
    },
  },
});
