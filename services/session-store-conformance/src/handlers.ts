// What the requests of the checks do, as handlers of an ordinary app do it.

import type { Handler, Visit } from './site.ts';

/** Calls what takes a callback. Rejects with the error that the callback gets. */
export function settled<T = void>(
  call: (callback: (error?: unknown, value?: T) => void) => unknown,
): Promise<T | undefined> {
  return new Promise((resolve, reject) => call((error, value) => (error ? reject(error) : resolve(value))));
}

const save = (visit: Visit) => settled((callback) => visit.session.save(callback));

/** Returns the new session's id. */
export const login: Handler = async (visit) => {
  await settled((callback) => visit.session.regenerate(callback));
  visit.session.user = 'ada';
  await save(visit);
  return visit.sessionID;
};

/** A login whose session lives for this many milliseconds. */
export const loginFor =
  (maxAge: number): Handler =>
  async (visit) => {
    visit.session.cookie.maxAge = maxAge;
    visit.session.user = 'ada';
    await save(visit);
    return visit.sessionID;
  };

/** 401 where the session has no user, as a guard of an app answers. */
export const whoAmI: Handler = ({ session }) => {
  if (!session?.user) throw Object.assign(new Error('not logged in'), { status: 401 });
  const { cookie: _, ...content } = { ...session };
  return content;
};

export const logout: Handler = (visit) => settled((callback) => visit.session.destroy(callback));

export const put =
  (key: string): Handler =>
  async (visit) => {
    visit.session[key] = true;
    await save(visit);
  };

export const changeLifetime =
  (maxAge: number): Handler =>
  async (visit) => {
    visit.session.cookie.maxAge = maxAge;
    await save(visit);
  };
