import { HttpClient } from '../../../lab/src/users/http-client.ts';
import { User } from '../../../lab/src/users/user.ts';
import type { RequestSpec } from '../load/load-job.ts';
import type { MeasuredInstance } from '../test-bed.ts';

export interface UserRequests {
  /** An authenticated read. */
  readonly me: RequestSpec;
  readonly logIn: RequestSpec;
}

/** Signs a new user up at an instance. @returns the requests of this user, for a load generator to repeat */
export async function newUserRequests({ origin }: MeasuredInstance): Promise<UserRequests> {
  await using client = new HttpClient(origin);
  const user = new User(client);
  await user.signUp();
  const cookie = await (await user.copyCookies()).getCookieString(`${origin}/api/v1/me`);
  return {
    me: { method: 'GET', path: '/api/v1/me', headers: { cookie } },
    logIn: {
      method: 'POST',
      path: '/api/v1/login',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(user.credentials),
    },
  };
}
