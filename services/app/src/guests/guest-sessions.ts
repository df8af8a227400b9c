// Sessions of guests. Anybody can have them made, as many as he likes, so they are small (cart/cart.ts), short-lived,
// bounded by address, and bounded together by a share of Redis' memory.

import type { Request } from 'express';
import { forgetSession } from '../http/error-responses.ts';
import { ServiceUnavailable } from '../http/errors.ts';
import { saveSession } from '../sessions/request-session.ts';
import { clientOf } from '../throttling/client-address.ts';
import { Throttled } from '../throttling/throttle-errors.ts';
import type { Throttles } from '../throttling/throttles.ts';

/** What is left of Redis' memory is for users. */
export class NoRoomForGuests extends ServiceUnavailable {
  override readonly name = 'NoRoomForGuests';
  constructor() {
    super('There is no room for more guests. Logging in is possible.');
  }
}

export interface GuestSessionsOptions {
  readonly throttles: Throttles;
  /** Lifetime of the cookie in milliseconds, where that is the idle timeout; `undefined` where the store ends what is idle. */
  readonly cookieIdleMs: number | undefined;
  /** The share of Redis' memory above which no guest's session begins. */
  readonly memoryShare: number;
  /** How full Redis is; `undefined` where no limit is known. */
  readonly memoryRatio: () => number | undefined;
  readonly now: () => number;
}

export class GuestSessions {
  readonly #options: GuestSessionsOptions;
  /** How many were refused, by the reason. */
  readonly refused = { throttled: 0, memory: 0 };

  constructor(options: GuestSessionsOptions) {
    this.#options = options;
  }

  /** For the readiness check, by the dependency's name there. */
  get shortages(): Readonly<Record<string, string>> {
    return this.shortage === undefined ? {} : { redis: this.shortage };
  }

  /** Whether Redis has no room for further guests, or for anything. Absent: it has. */
  get shortage(): 'full' | 'no room for guests' | undefined {
    const ratio = this.#options.memoryRatio() ?? 0;
    if (ratio >= 1) return 'full';
    return ratio >= this.#options.memoryShare ? 'no room for guests' : undefined;
  }

  /**
   * Stores the request's session, which is new and a guest's.
   * @throws {Throttled} @throws {NoRoomForGuests} @throws what `saveSession` throws; then there is no session and no cookie
   */
  async begin(req: Request): Promise<void> {
    const { throttles, cookieIdleMs, now } = this.#options;
    try {
      if (this.shortage !== undefined) throw new NoRoomForGuests();
      await throttles.newGuest({ client: clientOf(req), log: req.log }, async () => {
        req.session.createdAt = now();
        if (cookieIdleMs !== undefined) req.session.cookie.maxAge = cookieIdleMs;
        await saveSession(req);
      });
    } catch (error) {
      if (error instanceof NoRoomForGuests) this.refused.memory += 1;
      if (error instanceof Throttled) this.refused.throttled += 1;
      // Otherwise express-session would store it at the end of the request, and send its cookie.
      forgetSession(req);
      throw error;
    }
  }
}
