// A logout has two halves: the session must end on the server, and the cookie in the browser. Three variants, each with
// users of its own: both halves done, the cookie kept, the session kept.

import { CookieJar } from 'tough-cookie';
import { askEveryInstance } from '../users/survival.ts';
import { User } from '../users/user.ts';
import { type Context, type Expectation, experiment, type Figures } from './experiment.ts';

type Variant = 'both' | 'cookieKept' | 'sessionKept';

interface VariantFigures extends Figures {
  /** Users for whom some instance still answers to a copy of the cookie from before the logout. */
  readonly sessionsAlive: number;
  /** Users whose browser still sends a session cookie. */
  readonly cookiesLeft: number;
  /** Logouts that were answered by another instance than the one that answered the sign-up, */
  readonly answeredElsewhere: number;
  /** and of these, the ones whose session is still alive. */
  readonly aliveElsewhere: number;
}

type LogoutFigures = Record<Variant, VariantFigures> & { readonly users: number };

const rightOnlyWithBothHalves: Expectation<LogoutFigures> = {
  outcome: 'right when both halves are done, wrong when either is left out',
  assertions: {
    'no session outlives its logout': (f) => f.both.sessionsAlive === 0,
    'and no browser keeps a session cookie': (f) => f.both.cookiesLeft === 0,
    'a cookie that is kept is sent for ever, for a session that is dead': (f) =>
      f.cookieKept.cookiesLeft === f.users && f.cookieKept.sessionsAlive === 0,
    'a session that is kept lets every copied cookie in': (f) => f.sessionKept.sessionsAlive === f.users,
  },
};

export const logout = experiment<LogoutFigures>({
  name: 'logout',
  title: 'Log out, then replay the old cookie on each of N instances',
  question: 'Is a logged-out user logged out everywhere?',
  initialFleet: (instances) => ({ instances }),

  async run(context) {
    context.say('logging out the right way, and with each half missing');
    const users = context.instances;
    return {
      users,
      both: await logOut(context, 'both'),
      cookieKept: await logOut(context, 'cookieKept'),
      sessionKept: await logOut(context, 'sessionKept'),
    };
  },

  observed: (f) =>
    [
      `${f.both.sessionsAlive} of ${f.users} sessions outlive a logout`,
      `were the cookie kept: ${f.cookieKept.cookiesLeft} of ${f.users} browsers keep sending it`,
      `were the session kept: ${f.sessionKept.sessionsAlive} of ${f.users} copied cookies log in`,
    ].join('\n'),

  expected: {
    memory: {
      outcome: 'the logout meets another instance: the session lives on where it is',
      assertions: {
        'every session outlives a logout that another instance answered': (f) =>
          f.both.aliveElsewhere === f.both.answeredElsewhere,
        'a session that is kept lets every copied cookie in': (f) => f.sessionKept.sessionsAlive === f.users,
      },
      preconditions: {
        'a logout was answered by an instance that does not hold the session': (f) =>
          f.both.answeredElsewhere > 0,
      },
    },
    sticky: rightOnlyWithBothHalves,
    redis: rightOnlyWithBothHalves,
  },
});

async function logOut({ fleet, client, instances }: Context, variant: Variant): Promise<VariantFigures> {
  const names = (await fleet.instances()).map(({ name }) => name);
  const figures = { sessionsAlive: 0, cookiesLeft: 0, answeredElsewhere: 0, aliveElsewhere: 0 };
  for (let n = 0; n < instances; n++) {
    const user = new User(client);
    await user.signUp();
    const cookiesBefore = await user.copyCookies();
    // Cleared without a logout: the front end drops the cookie and the server is never told.
    let elsewhere = false;
    if (variant === 'sessionKept') user.useCookies(new CookieJar());
    else elsewhere = (await user.logOut()).servedBy !== user.loginInstance;
    // Kept: as if the answer to the logout had carried no Set-Cookie.
    if (variant === 'cookieKept') user.useCookies(await cookiesBefore.clone());
    if ((await user.cookieNames()).some(isSessionCookie)) figures.cookiesLeft++;

    user.useCookies(cookiesBefore);
    const { knownBy } = await askEveryInstance(user, names);
    const alive = knownBy.size > 0;
    if (alive) figures.sessionsAlive++;
    if (elsewhere) figures.answeredElsewhere++;
    if (elsewhere && alive) figures.aliveElsewhere++;
  }
  return figures;
}

function isSessionCookie(name: string): boolean {
  return name === 'sid' || name === '__Host-sid';
}
