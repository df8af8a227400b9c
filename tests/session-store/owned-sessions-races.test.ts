// Logins, renewals, logouts and endings of one user at the same time, on two instances, in many rounds. Beside them, as in
// Postgres, is the user's epoch: an ending raises it first, a login reads it before it stores its session.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { SessionData } from 'express-session';
import { newSessionId, SessionGone, SessionRevoked } from 'merging-redis-store';
import type { TestRequest } from '../support/session-requests.ts';
import { TwoInstances } from './two-instances.ts';

const rounds = Number(process.env.OWNER_RACE_ROUNDS ?? 500);

let two: TwoInstances;
beforeAll(async () => {
  two = await TwoInstances.open({
    deadlineMs: 10_000,
    touchAfter: 0,
    owners: {
      ownerOf: (session: SessionData) => {
        const { user, epoch } = session as SessionData & { user?: string; epoch?: number };
        return user === undefined ? undefined : { id: user, epoch };
      },
      longestMs: 3_600_000,
    },
  });
});
afterAll(() => two[Symbol.asyncDispose]());

interface Login {
  readonly request: TestRequest;
  readonly epoch: number;
  readonly end: 'stored' | 'refused';
}

class Round {
  epoch = 0;
  readonly user: string;
  readonly #logins: Login[] = [];
  readonly #loggedOut = new Set<TestRequest>();

  constructor(user: string) {
    this.user = user;
  }

  /** Reads the epoch, and stores the session a little later: the password is being checked. */
  async logIn(): Promise<Login> {
    const { epoch } = this;
    await pause();
    const request = (Math.random() < 0.5 ? two.a : two.b).newRequest(newSessionId(this.user));
    Object.assign(request.session, { user: this.user, epoch });
    let end: Login['end'] = 'stored';
    await request.save().catch((error: unknown) => {
      if (!(error instanceof SessionRevoked)) throw error;
      end = 'refused';
    });
    const login = { request, epoch, end };
    this.#logins.push(login);
    return login;
  }

  /** Loads the session on the other instance, and renews, writes or ends it a little later. */
  async use({ request: { id }, ...login }: Login): Promise<void> {
    const loaded = await (Math.random() < 0.5 ? two.a : two.b).load(id);
    await pause();
    if (loaded === undefined) return;
    const chance = Math.random();
    if (chance < 0.4) return loaded.touch();
    if (chance < 0.8) {
      loaded.session.page = chance;
      return loaded.save().catch((error: unknown) => {
        if (!(error instanceof SessionGone)) throw error;
      });
    }
    await loaded.destroy();
    for (const { request } of this.#logins) if (request.id === id) this.#loggedOut.add(request);
    expect(login.end).toBe('stored');
  }

  async endAll(): Promise<void> {
    await pause();
    this.epoch += 1;
    const { epoch } = this;
    await pause();
    await (Math.random() < 0.5 ? two.storeOfA : two.storeOfB).ownedSessions?.endAll(this.user, epoch);
  }

  /** What there is in the end must be what was acknowledged and not ended. */
  async check(): Promise<{ alive: number; refused: number; ended: number }> {
    const alive = new Set<string>();
    let [refused, ended] = [0, 0];
    for (const { request, epoch, end } of this.#logins) {
      const stays = end === 'stored' && epoch === this.epoch && !this.#loggedOut.has(request);
      const text = (await two.a.load(request.id)) !== undefined;
      expect({ epoch, end, isThere: text }).toEqual({ epoch, end, isThere: stays });
      if (stays) alive.add(String(two.storeOfA.ownedSessions?.nameOf(request.id)));
      else if (end === 'refused') refused++;
      else ended++;
    }
    const list = await two.storeOfB.ownedSessions?.list(this.user);
    expect(new Set(list?.map(({ name }) => name))).toEqual(alive);
    return { alive: alive.size, refused, ended };
  }
}

const pause = () => sleep(Math.random() * 4);

test(`In ${rounds} rounds every login is either ended or clearly after the ending, and all that stay are listed`, async () => {
  const totals = { alive: 0, refused: 0, ended: 0 };
  const play = async (number: number) => {
    const round = new Round(`user ${number}`);
    const logInAndUse = async () => {
      const login = await round.logIn();
      if (login.end === 'stored') await round.use(login);
    };
    const early = await Promise.all([round.logIn(), round.logIn(), round.logIn()]);
    await Promise.all([
      ...early.map((login) => round.use(login)),
      ...Array.from({ length: 5 }, async () => {
        await pause();
        await logInAndUse();
      }),
      round.endAll(),
      round.endAll(),
    ]);
    await logInAndUse();
    const { alive, refused, ended } = await round.check();
    totals.alive += alive;
    totals.refused += refused;
    totals.ended += ended;
  };
  for (let number = 0; number < rounds; number += 10) {
    await Promise.all(Array.from({ length: 10 }, (_, i) => play(number + i)));
  }
  // Otherwise the rounds would not have raced.
  for (const count of Object.values(totals)) expect(count).toBeGreaterThan(rounds / 10);
}, 120_000);
