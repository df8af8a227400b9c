import {
  changeUnderTraffic,
  everyoneIsStillLoggedIn,
  nobodyWasThrownOut,
  noRequestFailed,
  onlyTheUsersWhoseHomeIsLeft,
  survivalInWords,
} from './change-under-traffic.ts';
import { experiment } from './experiment.ts';

const lostWithTheirInstance = {
  outcome: "all but one instance's users are gone",
  holdsWhen: { ...onlyTheUsersWhoseHomeIsLeft, ...noRequestFailed },
};

export const scaleIn = experiment({
  name: 'scale-in',
  title: 'Scale in N → 1 under traffic',
  question: 'Do logged-in users notice that instances are taken away in good order?',
  begins: (instances) => ({ instances }),
  run: (setting) =>
    changeUnderTraffic(setting, `draining ${setting.instances - 1} instances`, () =>
      setting.fleet.scaleTo(1),
    ),
  observed: survivalInWords,

  expected: {
    memory: lostWithTheirInstance,
    sticky: lostWithTheirInstance,
    redis: {
      outcome: 'nobody notices, and no request fails',
      holdsWhen: { ...everyoneIsStillLoggedIn, ...nobodyWasThrownOut, ...noRequestFailed },
    },
  },
});
