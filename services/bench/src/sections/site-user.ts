// A user of a candidate, whose requests are the same with all candidates but for where the routes are.

import { randomBytes } from 'node:crypto';
import { request } from 'undici';
import type { RequestSpec } from '../load/load-job.ts';
import { type LoggingCandidate, MeasurementError } from '../test-bed.ts';

const password = 'correct horse battery staple';

/** Where a user goes. */
export type Site = Pick<LoggingCandidate, 'name' | 'origin' | 'prefix'>;

export class SiteUser {
  readonly #site: Site;
  readonly #username = `user-${randomBytes(8).toString('hex')}`;
  /** As the candidate has set it last; empty without a session. */
  cookie = '';

  constructor(site: Site) {
    this.#site = site;
  }

  /** An account and no session: the tutorials' sign-up does not log in. */
  async signUp(): Promise<void> {
    await this.#post('/signup', { username: this.#username, password }, 201);
    this.cookie = '';
  }

  async logIn(): Promise<void> {
    await this.#post('/login', { username: this.#username, password });
  }

  async addToCart(): Promise<void> {
    await this.#post('/cart/items', { sku: 'tea', quantity: 1 });
  }

  async logOut(): Promise<void> {
    await this.#post('/logout', {});
    this.cookie = '';
  }

  /** An authenticated read, for a load generator to repeat. */
  get me(): RequestSpec {
    return { method: 'GET', path: `${this.#site.prefix}/me`, headers: { cookie: this.cookie } };
  }

  async #post(path: string, body: object, expected = 200): Promise<void> {
    const answer = await request(`${this.#site.origin}${this.#site.prefix}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(this.cookie && { cookie: this.cookie }) },
      body: JSON.stringify(body),
    });
    const text = await answer.body.text();
    if (answer.statusCode !== expected) {
      throw new MeasurementError(`POST ${path} on ${this.#site.name}: ${answer.statusCode} ${text}`);
    }
    const [cookie] = [answer.headers['set-cookie'] ?? []].flat();
    if (cookie !== undefined) this.cookie = cookie.split(';', 1)[0] ?? '';
  }
}

/** @returns so many users, each with a session of its own */
export async function loggedInUsers(site: Site, count: number): Promise<SiteUser[]> {
  const users = Array.from({ length: count }, () => new SiteUser(site));
  for (const user of users) {
    await user.signUp();
    await user.logIn();
  }
  return users;
}

/** One request of each user. @param atOnce how many are under way at the same moment */
export async function eachOf(
  users: readonly SiteUser[],
  atOnce: number,
  request: (user: SiteUser) => Promise<void>,
): Promise<void> {
  const left = users.values();
  const one = async () => {
    for (const user of left) await request(user);
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}
