import {
  changeUnderTraffic,
  everyoneAskedAfterwards,
  everyoneIsStillLoggedIn,
  nobodyWasLoggedOut,
  noGetFailed,
  onlyUsersOfRemainingInstances,
  survivalInWords,
} from './change-under-traffic.ts';
import { experiment } from './experiment.ts';

const lostWithTheirInstance = {
  outcome: "the crashed instance's users are gone",
  assertions: { ...onlyUsersOfRemainingInstances, ...noGetFailed },
  preconditions: everyoneAskedAfterwards,
};

export const crash = experiment({
  name: 'crash',
  title: 'Kill 1 of N instances (SIGKILL) under traffic',
  question: 'Who is logged out when an instance dies, and does a reader see an error?',
  initialFleet: (instances) => ({ instances }),

  run: (context) =>
    changeUnderTraffic(context, 'killing an instance', async (users) => {
      const victim = users[0]?.loginInstance;
      if (victim === undefined) throw new Error('No user says which instance answered the sign-up.');
      await context.fleet.kill(victim);
    }),
  observed: survivalInWords,

  expected: {
    memory: lostWithTheirInstance,
    sticky: lostWithTheirInstance,
    redis: {
      // A POST that was in flight on the dead instance may be lost: nobody can know whether it was carried out, so the
      // proxy must not repeat it (RFC 9110, 9.2.2).
      outcome: 'nobody is logged out, and no GET fails',
      assertions: { ...everyoneIsStillLoggedIn, ...nobodyWasLoggedOut, ...noGetFailed },
      preconditions: everyoneAskedAfterwards,
    },
  },
});
