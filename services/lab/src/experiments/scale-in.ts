import {
  changeUnderTraffic,
  everyoneAskedAfterwards,
  everyoneIsStillLoggedIn,
  nobodyWasLoggedOut,
  noRequestFailed,
  onlyUsersOfRemainingInstances,
  survivalInWords,
} from './change-under-traffic.ts';
import { experiment } from './experiment.ts';

const lostWithTheirInstance = {
  outcome: "all but one instance's users are gone",
  assertions: { ...onlyUsersOfRemainingInstances, ...noRequestFailed },
  preconditions: everyoneAskedAfterwards,
};

export const scaleIn = experiment({
  name: 'scale-in',
  title: 'Scale in N → 1 under traffic',
  question: 'Do logged-in users notice that instances are taken away in good order?',
  initialFleet: (instances) => ({ instances }),
  run: (context) =>
    changeUnderTraffic(context, `draining ${context.instances - 1} instances`, () =>
      context.fleet.scaleTo(1),
    ),
  observed: survivalInWords,

  expected: {
    memory: lostWithTheirInstance,
    sticky: lostWithTheirInstance,
    redis: {
      outcome: 'nobody notices, and no request fails',
      assertions: { ...everyoneIsStillLoggedIn, ...nobodyWasLoggedOut, ...noRequestFailed },
      preconditions: everyoneAskedAfterwards,
    },
  },
});
