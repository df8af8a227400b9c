import { signUpUsers } from '../users/user.ts';
import {
  changeUnderTraffic,
  everyoneAskedAfterwards,
  everyoneIsStillLoggedIn,
  nobodyWasLoggedOut,
  noRequestFailed,
  survivalInWords,
} from './change-under-traffic.ts';
import { experiment } from './experiment.ts';

const newUsersForEachInstance = 3;

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
      for (const { loginInstance } of await signUpUsers(client, instances * newUsersForEachInstance))
        if (loginInstance) met.add(loginInstance);
    });
    // Whether new users get to the oldest instance is up to the proxy: to nginx's own `sticky`, each request of those who
    // stay there counts as that instance's turn, and new users go to the others.
    met.delete(String(oldest?.name));
    return { ...figures, newInstancesThatNewUsersMet: met.size, newInstances: instances - 1, instances };
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
      preconditions: everyoneAskedAfterwards,
    },
    sticky: {
      outcome: 'those who were there stay on the first instance; new users spread',
      assertions: {
        ...everyoneIsStillLoggedIn,
        ...nobodyWasLoggedOut,
        'the new users met every new instance': (f) => f.newInstancesThatNewUsersMet === f.newInstances,
        ...noRequestFailed,
      },
      preconditions: everyoneAskedAfterwards,
    },
    redis: {
      outcome: 'nobody notices',
      assertions: {
        ...everyoneIsStillLoggedIn,
        'every instance was asked': (f) => f.instancesAsked === f.instances,
        ...nobodyWasLoggedOut,
        ...noRequestFailed,
      },
      preconditions: everyoneAskedAfterwards,
    },
  },
});
