// How often something may be tried: passwords, sign-ups, new sessions of guests. With Redis all instances count together.

import { Deadlines, type SessionRedis } from 'merging-redis-store';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { ClientGone } from '../http/client-gone.ts';
import { ClientError } from '../http/errors.ts';
import { keyedTags } from '../keyed-tags.ts';
import { logSecurityEvent } from '../operations/security-events.ts';
import { type Counter, countInMemory, countInRedis, type Limit } from './counter.ts';
import { knownAddressesInMemory, knownAddressesInRedis } from './known-addresses.ts';
import { type CountedAs, type Reservation, reserve, ThrottledBy } from './reservation.ts';
import { scriptRunner } from './scripts.ts';

/** Who tries, and where it is logged. */
export interface Attempt {
  /** See client-address.ts. */
  readonly client: string;
  readonly log: Logger;
}

/** Everything here @throws {Throttled} 429 @throws {SessionsUnavailable} 503 when Redis does not answer */
export interface Throttles {
  /**
   * Runs a check of a password, unless there were too many wrong ones: by this client for this account, by this client, or
   * for this account. The last does not hold for a client from which the account has logged in lately. A right one is not
   * counted, and neither is a check that throws.
   * @param account the key of the name that was typed (usernameKey), whether there is such a user or not
   */
  checkPassword(
    attempt: Attempt & { readonly account: string },
    check: () => Promise<boolean>,
  ): Promise<boolean>;
  /** Makes an account, unless this client has tried too often. A name that is taken counts, a failure of ours does not. */
  signUp<T>(attempt: Attempt, work: () => Promise<T>): Promise<T>;
  /** Stores a new session of a guest, unless this client has made too many. */
  newGuest<T>(attempt: Attempt, work: () => Promise<T>): Promise<T>;
}

export interface ThrottleOptions {
  readonly limits: Config['throttles'];
  /** Absent where sessions are not in Redis: then each instance counts for itself. */
  readonly redis: SessionRedis | undefined;
  readonly scripts: 'eval' | 'functions';
  /** For all that one attempt asks of Redis, in milliseconds. */
  readonly deadlineMs: number;
  /** The same on every instance: names and addresses appear in Redis only as keyed hashes. */
  readonly secret: string;
}

export function openThrottles(options: ThrottleOptions): Throttles {
  const { limits, redis, scripts, secret, deadlineMs } = options;
  const runScript = redis && scriptRunner(redis, scripts);
  const count: (limit: Limit) => Counter =
    redis && runScript ? countInRedis(redis, runScript) : countInMemory;
  const known = runScript ? knownAddressesInRedis(runScript) : knownAddressesInMemory();
  const tag = tagger(secret);
  const minutes = (n: number) => n * 60;
  const byClient = count({ name: 'logins-address', most: limits.loginsPerAddress, seconds: minutes(15) });
  const byBoth = count({
    name: 'logins-account-address',
    most: limits.loginsPerAccountAndAddress,
    seconds: minutes(15),
  });
  const byAccount = count({ name: 'logins-account', most: limits.loginsPerAccount, seconds: minutes(60) });
  const signUps = count({ name: 'signups-address', most: limits.signUpsPerAddress, seconds: minutes(60) });
  const guests = count({ name: 'guests-address', most: limits.guestsPerAddress, seconds: minutes(10) });

  return {
    async checkPassword({ account, client, log }, check) {
      const accountTag = tag('account', account);
      const clientTag = tag('address', client);
      const bothTag = tag('account and address', `${account}\0${client}`);
      // Only a read, so it is asked together with the first count, in one round trip.
      async function* places(): AsyncGenerator<CountedAs> {
        const knowing = known.knows(accountTag, clientTag);
        knowing.catch(() => {
          // Awaited below, unless a count has failed before.
        });
        yield { counter: byClient, key: clientTag };
        yield { counter: byBoth, key: bothTag };
        if (!(await knowing)) yield { counter: byAccount, key: accountTag };
      }
      const reservation = await logged({ client, log }, reserve(places(), deadlineMs));
      const isRight = await orGiveBack(reservation, log, check, () => true);
      if (isRight) {
        await unlessRedisFails(log, () =>
          Promise.all([
            reservation.giveBack({ except: byBoth }),
            byBoth.reset(bothTag),
            known.remember(accountTag, clientTag),
          ]),
        );
      }
      return isRight;
    },
    signUp: async (attempt, work) => {
      const places = [{ counter: signUps, key: tag('address', attempt.client) }];
      const reservation = await logged(attempt, reserve(places, deadlineMs));
      const isOurs = (error: unknown) => !(error instanceof ClientError) || error instanceof ClientGone;
      return orGiveBack(reservation, attempt.log, work, isOurs);
    },
    newGuest: async (attempt, work) => {
      const places = [{ counter: guests, key: tag('address', attempt.client) }];
      const reservation = await logged(attempt, reserve(places, deadlineMs));
      return orGiveBack(reservation, attempt.log, work, () => true);
    },
  };
}

/** 128 bits, different for each kind of text. */
function tagger(secret: string): (kind: string, text: string) => string {
  const tagOf = keyedTags(secret, 'tags of the throttles', 22);
  return (kind, text) => tagOf(`${kind}\0${text}`);
}

async function logged({ client, log }: Attempt, reserving: Promise<Reservation>): Promise<Reservation> {
  try {
    return await reserving;
  } catch (error) {
    if (error instanceof ThrottledBy) logSecurityEvent(log, 'throttled', { client, reason: error.limit });
    throw error;
  }
}

async function orGiveBack<T>(
  reservation: Reservation,
  log: Logger,
  work: () => Promise<T>,
  isGivenBack: (error: unknown) => boolean,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isGivenBack(error)) await unlessRedisFails(log, () => reservation.giveBack());
    throw error;
  }
}

/** What was done is done. An attempt that cannot be taken back stays counted until its window ends. */
async function unlessRedisFails(log: Logger, work: () => Promise<unknown>): Promise<void> {
  await deadlines
    .within(giveBackMs, work())
    .catch((err: unknown) => log.warn({ err }, 'an attempt stays counted'));
}

const giveBackMs = 250;
const deadlines = new Deadlines(25);
