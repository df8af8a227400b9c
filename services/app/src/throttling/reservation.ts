// Attempts are counted before their work begins and given back afterwards where they were none: a count after the work
// would let any number pass that come at the same time.

import { Deadlines } from 'merging-redis-store';
import { isOutOfMemory, SessionStoreFull, SessionsUnavailable } from '../sessions/store-errors.ts';
import type { Counter } from './counter.ts';
import { Throttled } from './throttle-errors.ts';

/** One counter and the key under which it counts. */
export interface CountedAs {
  readonly counter: Counter;
  readonly key: string;
}

/** Where an attempt is counted: each is asked for when the one before has counted. */
export type Places = Iterable<CountedAs> | AsyncIterable<CountedAs>;

/** The store's own: a process that is late itself does not take that for Redis' silence. */
const deadlines = new Deadlines(25);

/**
 * Counts one attempt in each place, in this order, or in none of them. The first that refuses ends it, so a flood that
 * meets its own limit touches no counter that it shares with others.
 * @param deadlineMs for all that is asked of Redis, in milliseconds
 * @throws {ThrottledBy} @throws {SessionsUnavailable} @throws {SessionStoreFull}
 */
export async function reserve(places: Places, deadlineMs: number): Promise<Reservation> {
  const reserving = reserveAll(places);
  try {
    return await deadlines.within(deadlineMs, reserving);
  } catch (error) {
    if (error instanceof ThrottledBy) throw error;
    // Redis may have stood still, and may count when it continues, for a client that was told to come again.
    reserving.then((late) => late.giveBack()).catch(() => {});
    // What cannot be counted is refused: an outage must not open the door to guessing. Nobody could log in now either.
    throw isOutOfMemory(error) ? new SessionStoreFull(error) : new SessionsUnavailable(error);
  }
}

/** Which limit has refused. */
export class ThrottledBy extends Throttled {
  readonly limit: string;
  constructor(limit: string, retryAfterMs: number) {
    super(retryAfterMs);
    this.limit = limit;
  }
}

export class Reservation {
  readonly #counted: readonly CountedAs[];
  constructor(counted: readonly CountedAs[]) {
    this.#counted = counted;
  }

  /**
   * Takes back what was counted. @throws what Redis answers; the attempt then stays counted until its window ends
   * @param options.except a counter that the caller sets back
   */
  async giveBack({ except }: { readonly except?: Counter } = {}): Promise<void> {
    const counted = this.#counted.filter(({ counter }) => counter !== except);
    await Promise.all(counted.map(({ counter, key }) => counter.giveBack(key)));
  }
}

async function reserveAll(places: Places): Promise<Reservation> {
  const counted: CountedAs[] = [];
  // One after the other: what one limit refuses must not take up room in the next, not even for a moment.
  for await (const place of places) {
    const waitMs = await place.counter.count(place.key);
    if (waitMs > 0) {
      await new Reservation(counted).giveBack();
      throw new ThrottledBy(place.counter.limit.name, waitMs);
    }
    counted.push(place);
  }
  return new Reservation(counted);
}
