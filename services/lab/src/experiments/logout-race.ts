// A request that was under way when its user logged out on another instance writes its session at its end. With a store
// that simply sets what it is given, the session that the logout has deleted is there again: the user is logged in.

import { User } from '../users/user.ts';
import { type Context, experiment, type Figures } from './experiment.ts';

/** Enough that the order in which a write is late comes about many times, and not by luck. */
const rounds = 20;
/** Writes that are under way while one user logs out. */
const writesAtOnce = 4;

interface LogoutRaceFigures extends Figures {
  readonly users: number;
  /** Logouts that were answered with 200. */
  readonly loggedOut: number;
  /** Users to whose old cookie an instance answers as to somebody who is logged in, after all is over. */
  readonly cameBack: number;
  /** Writes that had loaded the session before the logout and were told that it has ended. */
  readonly toldThatItEnded: number;
  /** Answers that say that the deployment failed. */
  readonly failed: number;
}

const everyLogoutWasAcknowledged = {
  'every logout was answered with 200': (f: LogoutRaceFigures) => f.loggedOut === f.users,
};

export const logoutRace = experiment<LogoutRaceFigures>({
  name: 'logout-race',
  title: 'Log out while other requests of the user are under way on N instances',
  question: 'Does a logout hold against a request that is a little late?',
  initialFleet: (instances) => ({ instances }),

  async run(context) {
    context.say(`logging out ${rounds} users in the middle of their requests`);
    const all: Round[] = [];
    for (let round = 0; round < rounds; round++) all.push(await logOutAmidWrites(context));
    const count = (is: (round: Round) => boolean) => all.filter(is).length;
    const total = (of: (round: Round) => number) => all.reduce((sum, round) => sum + of(round), 0);
    return {
      users: rounds,
      loggedOut: count(({ loggedOut }) => loggedOut),
      cameBack: count(({ cameBack }) => cameBack),
      toldThatItEnded: total(({ toldThatItEnded }) => toldThatItEnded),
      failed: total(({ failed }) => failed),
    };
  },

  observed: ({ users, cameBack, toldThatItEnded }) =>
    `${cameBack} of ${users} users are logged in again\n${toldThatItEnded} late requests were told that the session has ended`,

  expected: {
    'connect-redis': {
      outcome: 'sessions come back to life: users who have logged out are logged in',
      assertions: {
        ...everyLogoutWasAcknowledged,
        'some users are logged in after their logout': (f) => f.cameBack > 0,
      },
    },
    redis: {
      outcome: 'a logout holds; who comes late is told',
      assertions: {
        ...everyLogoutWasAcknowledged,
        'no user is logged in after the logout': (f) => f.cameBack === 0,
        'it has come about that a request was late': (f) => f.toldThatItEnded > 0,
        'no request failed': (f) => f.failed === 0,
      },
    },
  },
});

interface Round {
  readonly loggedOut: boolean;
  readonly cameBack: boolean;
  readonly toldThatItEnded: number;
  readonly failed: number;
}

async function logOutAmidWrites({ client, fleet }: Context): Promise<Round> {
  const user = new User(client);
  await user.signUp();
  const cookies = await user.copyCookies();
  // Each like a tab of its own, whose request has left with the cookie before the logout's answer clears it.
  const tabs = await Promise.all(Array.from({ length: writesAtOnce }, () => tabOf(user)));

  const [logout, ...answers] = await Promise.all([
    user.logOut(),
    ...tabs.map((tab) => tab.ask('POST', '/api/v1/cart/items', { sku: 'tea', quantity: 1 })),
  ]);

  user.useCookies(cookies);
  const { length: instances } = await fleet.instances();
  let cameBack = false;
  for (let n = 0; n < instances; n++) cameBack ||= user.isKnownIn(await user.me());
  return {
    loggedOut: logout.status === 200,
    cameBack,
    toldThatItEnded: answers.filter((answer) => answer.status === 401).length,
    failed: answers.filter(({ status }) => status === 0 || status >= 500).length,
  };

  async function tabOf(owner: User): Promise<User> {
    const tab = new User(client);
    tab.useCookies(await owner.copyCookies());
    return tab;
  }
}
