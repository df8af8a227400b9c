// Users send requests while Redis goes away and comes back, and each answer is held against these two moments.

import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from '../fleet/fleet.ts';
import { untilOrGiveUp } from '../supervision/until-or-give-up.ts';
import { sendPaced } from '../traffic/paced-requests.ts';
import type { Answer } from '../users/http-client.ts';
import { signUpUsers, type User } from '../users/user.ts';
import type { Context, Figures } from './experiment.ts';

const usersLoggedIn = 5;
/** Between two requests, which the users send one after another. */
const everyMs = 20;
/** How long Redis is away at least; what is sent in the first half of it is an early request. */
const awayMs = 1_200;
/**
 * How long Redis stays away at most until the early requests have been answered: less than nginx waits for an instance
 * (5 s), so that an answer in this time is an instance's own. A refusal takes a quarter of a second and not 4.5.
 */
const longestAwayMs = 4_500;
/** So many good answers in a row mean that all is well again; how long that may take, in ms. */
const goodAnswersInARow = 20;
const recoveryDeadlineMs = 10_000;

interface RequestFigures {
  readonly requests: number;
  /** Requests sent in the first 600 ms in which Redis was away. */
  readonly early: number;
  /** Of these, the ones that were answered before Redis began to come back. */
  readonly earlyAnsweredInTime: number;
  /** Answered with 503. */
  readonly refused: number;
  /** Answered with another failure, or not at all. */
  readonly failed: number;
  /** Told that they are not logged in. */
  readonly loggedOut: number;
  readonly wellAgain: 'yes' | 'no';
  /** From the return of Redis until the last request was sent that was not answered well. */
  readonly degradedForMs: number;
}

export interface OutageFigures extends Figures, RequestFigures {
  readonly slowestMs: number;
}

/** What can be done to Redis. */
export const outages = ['paused', 'killed', 'restarted'] as const;
export type OutageKind = (typeof outages)[number];

const leave: Record<OutageKind, (redis: Redis) => Promise<void>> = {
  paused: (redis) => redis.pause(),
  killed: (redis) => redis.kill(),
  restarted: (redis) => redis.stop(),
};
const comeBack: Record<OutageKind, (redis: Redis) => Promise<void>> = {
  paused: (redis) => redis.resume(),
  killed: (redis) => redis.start(),
  restarted: (redis) => redis.start(),
};

/**
 * @param untilAnswered whether Redis stays away until the early requests have been answered, as far as that takes no
 * longer than 4.5 s: for strategies that claim to answer without it
 */
export async function measureOutage(
  { fleet, client, say }: Context,
  kind: OutageKind,
  { untilAnswered }: { readonly untilAnswered: boolean },
): Promise<OutageFigures> {
  const requests = new OutageRequests(await signUpUsers(client, usersLoggedIn));
  say(`Redis is being ${kind}`);
  const answers = await sendPaced(
    everyMs,
    () => requests.send(),
    async () => {
      await pause(everyMs);
      await leave[kind](fleet.redis);
      requests.redisIsAway();
      if (kind !== 'restarted') {
        await pause(awayMs);
        if (untilAnswered) await requests.earlyOnesAnswered(longestAwayMs - awayMs);
      }
      requests.redisComesBack();
      await comeBack[kind](fleet.redis);
      await requests.allIsWell();
    },
  );
  return { ...requests.figures(), slowestMs: Math.round(Math.max(...answers.map(({ ms }) => ms))) };
}

interface TimedAnswer extends Answer {
  readonly sentAtMs: number;
}

const isGood = ({ status }: TimedAnswer) => status === 200;

/** The requests of a few users before, during and after an outage. Moments are those of `performance.now()`. */
class OutageRequests {
  readonly #users: readonly User[];
  readonly #answers: TimedAnswer[] = [];
  #sent = 0;
  #awayAtMs = Number.POSITIVE_INFINITY;
  #returnsAtMs = Number.POSITIVE_INFINITY;
  #backAtMs = Number.POSITIVE_INFINITY;
  #early = 0;
  #earlyAnswered = 0;
  #earlyAnsweredInTime = 0;
  #goodInARow = 0;

  constructor(users: readonly User[]) {
    this.#users = users;
  }

  async send(): Promise<TimedAnswer> {
    const user = this.#users[this.#sent++ % this.#users.length];
    if (user === undefined) throw new Error('There is nobody to send a request.');
    const sentAtMs = performance.now();
    const isEarly = sentAtMs >= this.#awayAtMs && sentAtMs < this.#awayAtMs + awayMs / 2;
    if (isEarly) this.#early++;
    const answer = { ...(await user.me()), sentAtMs };
    this.#answers.push(answer);
    this.#goodInARow = isGood(answer) && sentAtMs >= this.#backAtMs ? this.#goodInARow + 1 : 0;
    if (isEarly) {
      this.#earlyAnswered++;
      if (performance.now() < this.#returnsAtMs) this.#earlyAnsweredInTime++;
    }
    return answer;
  }

  redisIsAway(): void {
    this.#awayAtMs = performance.now();
  }

  redisComesBack(): void {
    this.#returnsAtMs = performance.now();
  }

  /** Resolves when no early request is without an answer, or after `ms` milliseconds. */
  async earlyOnesAnswered(ms: number): Promise<void> {
    await untilOrGiveUp(() => this.#earlyAnswered === this.#early, ms);
  }

  /** To be called when Redis is back. Resolves when everybody is answered well again, or when that takes too long. */
  async allIsWell(): Promise<void> {
    this.#backAtMs = performance.now();
    await untilOrGiveUp(() => this.#isWell(), recoveryDeadlineMs);
  }

  figures(): RequestFigures {
    const bad = this.#answers.filter((answer) => !isGood(answer));
    const count = (is: (status: number) => boolean) => bad.filter(({ status }) => is(status)).length;
    const lastBadAtMs = Math.max(this.#backAtMs, ...bad.map(({ sentAtMs }) => sentAtMs));
    return {
      requests: this.#answers.length,
      early: this.#early,
      earlyAnsweredInTime: this.#earlyAnsweredInTime,
      refused: count((status) => status === 503),
      failed: count((status) => status !== 503 && status !== 401),
      loggedOut: count((status) => status === 401),
      wellAgain: this.#isWell() ? 'yes' : 'no',
      degradedForMs: Math.round(lastBadAtMs - this.#backAtMs),
    };
  }

  #isWell(): boolean {
    return this.#goodInARow >= goodAnswersInARow;
  }
}
