import {
  changeUnderTraffic,
  everyoneIsStillLoggedIn,
  nobodyIsLoggedIn,
  nobodyWasThrownOut,
  noRequestFailed,
  survivalInWords,
} from './change-under-traffic.ts';
import { experiment } from './experiment.ts';

const everyoneIsGone = {
  outcome: 'everyone is logged out',
  holdsWhen: { ...nobodyIsLoggedIn, ...noRequestFailed },
};

export const rollingReplacement = experiment({
  name: 'rolling-replacement',
  title: 'Replace each of N instances (a deploy) under traffic',
  question: 'Does a deploy log people out?',
  begins: (instances) => ({ instances }),
  run: (setting) =>
    changeUnderTraffic(setting, 'replacing the instances one by one', () => setting.fleet.replaceAll()),
  observed: survivalInWords,

  expected: {
    memory: everyoneIsGone,
    sticky: everyoneIsGone,
    redis: {
      outcome: 'nobody notices, and no request fails',
      holdsWhen: { ...everyoneIsStillLoggedIn, ...nobodyWasThrownOut, ...noRequestFailed },
    },
  },
});
