// Users who are logged in and ask all along, for what a document says that nobody notices.

import { startTraffic } from '../../../services/lab/src/traffic/traffic.ts';
import { HttpClient } from '../../../services/lab/src/users/http-client.ts';
import { signUpUsers, type User } from '../../../services/lab/src/users/user.ts';

/** Together some 30 requests a second: below the 100 that nginx takes of one client. An address may sign up 30 in an hour. */
const count = 5;
/** So many answers each must have had before, and once more afterwards: otherwise nothing was seen. */
const answersBeside = 5;
const answersMs = 30_000;

/** Whatever host a document has chosen, with a certificate that nobody has signed. */
const thisMachine = { serverAddress: '127.0.0.1', trustsAnyCertificate: true };

/** They stay the same through a document, as long as the deployment that they have signed up at is there. */
export class LoggedInUsers implements AsyncDisposable {
  readonly #clients = new Map<string, HttpClient>();
  readonly #users = new Map<string, readonly User[]>();

  /**
   * Runs a task while they ask. @returns how many requests they sent
   *
   * @throws when one request failed, or one of them was told at least once that they are not logged in
   */
  async during(origin: string, task: () => Promise<void>): Promise<number> {
    const client = this.#clients.get(origin) ?? new HttpClient(origin, thisMachine);
    this.#clients.set(origin, client);
    const users = await this.#usersAt(origin, client);
    await using traffic = startTraffic(client, users, { guests: 0 });
    const before = await traffic.answersForEachUser(answersBeside, answersMs);
    await task();
    const after = await traffic.answersForEachUser(answersBeside, answersMs);
    const { requests, failures, failedGets, loggedOut } = await traffic.stop();
    if (Math.min(before, after) < answersBeside)
      throw new Error(`The users got no answers: ${failures.join(', ')}`);
    if (failedGets > 0 || loggedOut > 0) {
      const what = `${failedGets} of ${requests} requests failed, ${loggedOut} of ${count} users were logged out`;
      throw new Error(`Somebody noticed: ${[what, ...failures].join('\n  ')}`);
    }
    return requests;
  }

  async #usersAt(origin: string, client: HttpClient): Promise<readonly User[]> {
    const former = this.#users.get(origin) ?? [];
    const known = await Promise.all(former.map(async (user) => user.isKnownIn(await user.me())));
    if (former.length > 0 && known.every(Boolean)) return former;
    const users = await signUpUsers(client, count);
    this.#users.set(origin, users);
    return users;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients.values()) await client[Symbol.asyncDispose]();
  }
}
