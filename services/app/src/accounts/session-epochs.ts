// Whose sessions have ended lately, as Postgres knows it. Redis ends sessions at once, and this holds when Redis loses its
// last moment, as in a failover: each instance reads what has changed, and refuses what has ended.

import type { Pool } from 'pg';
import { z } from 'zod';
import { epochsOfOneUser, userEpoch } from './user-rows.ts';

export interface SessionEpochsOptions {
  /** The absolute timeout of sessions in milliseconds. What changed before that long is about sessions that are over. */
  readonly rememberMs: number;
  /**
   * How long after it was read an epoch counts, in milliseconds. The request that raised it still has to give the new one to
   * the session that goes on.
   */
  readonly delayMs: number;
  /** Milliseconds of a clock that is never set. Default: performance.now */
  readonly monotonicMs?: () => number;
}

interface RaisedEpoch {
  readonly epoch: number;
  readonly readAtMs: number;
}

/**
 * How far back a read looks beyond the one before, in seconds: a transaction that is committed now may have begun, and
 * noted its time, as long ago as all the deadlines of its statements together (database.ts).
 */
const overlapSeconds = 30;

const rows = z
  .array(z.object({ epochOfAll: z.number(), id: z.string().nullable(), ownEpoch: z.number().nullable() }))
  .min(1);

export class SessionEpochs {
  readonly #pool: Pool;
  readonly #options: SessionEpochsOptions;
  readonly #nowMs: () => number;
  /** By the user's id, each user's in the order in which they were read. */
  readonly #raised = new Map<string, RaisedEpoch[]>();
  readonly #ofAll: RaisedEpoch[] = [];
  readonly #firstRead = Promise.withResolvers<void>();
  #lastReadAtMs: number | undefined;

  constructor(pool: Pool, options: SessionEpochsOptions) {
    this.#pool = pool;
    this.#options = options;
    this.#nowMs = options.monotonicMs ?? (() => performance.now());
  }

  /** Resolves when it has been read. An instance that has not would accept what has ended. */
  get firstRead(): Promise<void> {
    return this.#firstRead.promise;
  }

  /**
   * Reads what has changed since the last time: one statement, and where nothing has changed one row, from an index that
   * holds only users whose epoch was ever raised.
   */
  async read(): Promise<void> {
    const { rememberMs, delayMs } = this.#options;
    const startMs = this.#nowMs();
    const sinceSeconds =
      this.#lastReadAtMs === undefined
        ? rememberMs / 1000
        : (startMs - this.#lastReadAtMs) / 1000 + overlapSeconds;
    const reply = await this.#pool.query(
      `SELECT all_users.epoch AS "epochOfAll", users.id, users.session_epoch AS "ownEpoch"
        FROM global_session_epoch AS all_users
        LEFT JOIN users ON session_epoch_at > now() - make_interval(secs => $1)`,
      [sinceSeconds],
    );
    // What the first read finds was raised before this instance began: nobody is in the middle of it.
    const isFirst = this.#lastReadAtMs === undefined;
    const readAtMs = isFirst ? startMs - delayMs : this.#nowMs();
    for (const { epochOfAll, id, ownEpoch } of rows.parse(reply.rows)) {
      this.#note(this.#ofAll, { epoch: userEpoch(epochOfAll, 0), readAtMs });
      if (id === null || ownEpoch === null) continue;
      const raised = this.#raised.get(id) ?? [];
      this.#note(raised, { epoch: ownEpoch, readAtMs });
      this.#raised.set(id, raised);
    }
    this.#lastReadAtMs = startMs;
    this.#forget();
    this.#firstRead.resolve();
  }

  /** Whether a session of this user and this epoch has ended. What has never been read has not. */
  isEnded(userId: string, epoch: number): boolean {
    const ofAll = this.#current(this.#ofAll);
    if (ofAll !== undefined && epoch < ofAll) return true;
    const own = this.#current(this.#raised.get(userId) ?? []);
    return own !== undefined && epoch % epochsOfOneUser < own;
  }

  /** Adds the epoch if it is new. Kept are the one that counts, and those that will. */
  #note(raised: RaisedEpoch[], read: RaisedEpoch): void {
    if (read.epoch > (raised.at(-1)?.epoch ?? -1)) raised.push(read);
    while (raised[1] !== undefined && this.#counts(raised[1])) raised.shift();
  }

  #counts({ readAtMs }: RaisedEpoch): boolean {
    return readAtMs + this.#options.delayMs <= this.#nowMs();
  }

  #current(raised: readonly RaisedEpoch[]): number | undefined {
    return raised.findLast((epoch) => this.#counts(epoch))?.epoch;
  }

  #forget(): void {
    const oldestMs = this.#nowMs() - this.#options.rememberMs - this.#options.delayMs;
    for (const [id, raised] of this.#raised) {
      if ((raised.at(-1)?.readAtMs ?? 0) < oldestMs) this.#raised.delete(id);
    }
  }
}
