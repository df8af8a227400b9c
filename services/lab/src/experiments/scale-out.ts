import { signUpUsers } from '../users/user.ts';
import {
  changeUnderTraffic,
  everyoneIsStillLoggedIn,
  nobodyWasLoggedOut,
  noRequestFailed,
  survivalInWords,
} from './change-under-traffic.ts';
import { experiment } from './experiment.ts';

const newcomersForEach = 3;

export const scaleOut = experiment({
  name: 'scale-out',
  title: 'Scale out 1 → N under traffic',
  question: 'Do logged-in users notice that instances are added?',
  initialFleet: () => ({ instances: 1 }),

  async run(context) {
    const { fleet, client, instances } = context;
    const met = new Set<string>();
    const [oldest] = await fleet.instances();
    const figures = await changeUnderTraffic(context, `adding ${instances - 1} instances`, async () => {
      await fleet.scaleTo(instances);
      for (const { loginInstance } of await signUpUsers(client, instances * newcomersForEach))
        if (loginInstance) met.add(loginInstance);
    });
    // Whether newcomers get to the oldest instance is up to the proxy: nginx's own `sticky` counts the requests of those who
    // stay there as turns that it has had, and sends newcomers to the others.
    met.delete(String(oldest?.name));
    return { ...figures, newInstancesThatNewcomersMet: met.size, newInstances: instances - 1, instances };
  },

  observed: (figures) => survivalInWords(figures),

  expected: {
    memory: {
      outcome: 'users are logged out at random: the new instances do not know them',
      assertions: {
        'every user was told that they are not logged in': (f) => f.loggedOut === f.users,
        'no user is known to every instance': (f) =>
          f.stillLoggedIn === 0 && f.instancesAsked === f.instances,
        ...noRequestFailed,
      },
    },
    sticky: {
      outcome: 'who was there stays on the first instance; the newcomers spread',
      assertions: {
        ...everyoneIsStillLoggedIn,
        ...nobodyWasLoggedOut,
        'the newcomers met every new instance': (f) => f.newInstancesThatNewcomersMet === f.newInstances,
        ...noRequestFailed,
      },
    },
    redis: {
      outcome: 'nobody notices',
      assertions: {
        ...everyoneIsStillLoggedIn,
        'every instance was asked': (f) => f.instancesAsked === f.instances,
        ...nobodyWasLoggedOut,
        ...noRequestFailed,
      },
    },
  },
});
