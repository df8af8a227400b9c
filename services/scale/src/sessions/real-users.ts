// People who sign up over HTTP, for the logins of a measurement.

import { HttpClient } from '../../../lab/src/users/http-client.ts';
import { User } from '../../../lab/src/users/user.ts';
import type { Credentials } from '../workers/http-job.ts';

export interface RealUser extends Credentials {
  /** Of the session that the sign-up made. */
  readonly cookie: string;
}

/** @param origin of an instance @throws {UserError} when a sign-up is not answered with 201 */
export async function signUpPeople(origin: string, count: number): Promise<RealUser[]> {
  await using client = new HttpClient(origin);
  const people: RealUser[] = [];
  for (let n = 0; n < count; n++) {
    const user = new User(client);
    await user.signUp();
    const jar = await user.copyCookies();
    people.push({ ...user.credentials, cookie: await jar.getCookieString(`${origin}/api/v1/me`) });
  }
  return people;
}
