import { askEveryInstance } from '../users/survival.ts';
import { User } from '../users/user.ts';
import { experiment } from './experiment.ts';

export const crossInstanceLogin = experiment({
  name: 'cross-instance-login',
  title: 'Log in once, then ask each of N instances',
  question: 'Is a login on one instance known on the others?',
  initialFleet: (instances) => ({ instances }),

  async run({ fleet, client, instances, say }) {
    const users = Array.from({ length: instances }, () => new User(client));
    const names = (await fleet.instances()).map(({ name }) => name);
    const answeredBy: number[] = [];
    const knownBy: number[] = [];
    let knownAtLogin = 0;
    say('signing up, logging in again, asking every instance');
    for (const user of users) {
      await user.signUp();
      await user.logIn(); // the session that counts is the login's, wherever the proxy sent it
      const coverage = await askEveryInstance(user, names);
      answeredBy.push(coverage.answeredBy.size);
      knownBy.push(coverage.knownBy.size);
      if (user.loginInstance !== undefined && coverage.knownBy.has(user.loginInstance)) knownAtLogin++;
    }
    return {
      users: users.length,
      stillLoggedIn: knownBy.filter((known, n) => known > 0 && known === answeredBy[n]).length,
      knownWhereTheyLoggedIn: knownAtLogin,
      instances: names.length,
      fewestInstancesAsked: Math.min(...answeredBy),
      mostInstancesAsked: Math.max(...answeredBy),
      fewestInstancesThatKnow: Math.min(...knownBy),
      mostInstancesThatKnow: Math.max(...knownBy),
    };
  },

  observed: ({
    users,
    stillLoggedIn,
    fewestInstancesThatKnow,
    mostInstancesThatKnow,
    mostInstancesAsked,
  }) => {
    const known =
      fewestInstancesThatKnow === mostInstancesThatKnow
        ? `${mostInstancesThatKnow}`
        : `${fewestInstancesThatKnow} to ${mostInstancesThatKnow}`;
    return `${stillLoggedIn} of ${users} users still logged in\nknown on ${known} of ${mostInstancesAsked} instances asked`;
  },

  expected: {
    memory: {
      outcome: 'known on one instance only',
      assertions: {
        'every instance was asked': (f) => f.fewestInstancesAsked === f.instances,
        'each user is known where they logged in': (f) => f.knownWhereTheyLoggedIn === f.users,
        'no other instance knows them': (f) => f.mostInstancesThatKnow === 1,
      },
    },
    sticky: {
      outcome: 'known, and never leaves its instance',
      assertions: {
        'each user only ever met one instance': (f) => f.mostInstancesAsked === 1,
        'each user is known there': (f) =>
          f.stillLoggedIn === f.users && f.knownWhereTheyLoggedIn === f.users,
      },
    },
    redis: {
      outcome: 'known on all',
      assertions: {
        'every instance was asked': (f) => f.fewestInstancesAsked === f.instances,
        'every instance knows every user': (f) => f.fewestInstancesThatKnow === f.instances,
      },
    },
  },
});
