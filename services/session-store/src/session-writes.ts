// Writes sessions that requests had loaded: a compare-and-set, and where another request has written in the meantime, a
// merge and another try. All writes of one session that wait on this instance are merged into one compare-and-set, so a
// session with many parallel requests costs Redis no more than one with few, and no write waits for longer than the one
// under way and its own.

import { setTimeout as sleep } from 'node:timers/promises';
import { compareAndSet } from './compare-and-set.ts';
import { SessionGone, SessionStoreUnavailable } from './errors.ts';
import {
  type LoadedWrite,
  type MergeOptions,
  mergeWrites,
  type WaitingWrite,
  type WriteResult,
} from './merge-writes.ts';
import type { RunScript } from './scripts.ts';
import type { SessionCalls } from './session-calls.ts';

export interface SessionWritesOptions extends MergeOptions {
  /** How long a session's waiting writes try together, in milliseconds; up to twice as long where Redis is slow. */
  readonly deadlineMs: number;
  /** Default: by EVAL. */
  readonly run?: RunScript;
}

export class SessionWrites {
  readonly #options: SessionWritesOptions;
  readonly #calls: SessionCalls;
  readonly #waiting = new Map<string, WaitingWrite[]>();

  constructor(options: SessionWritesOptions, calls: SessionCalls) {
    this.#options = options;
    this.#calls = calls;
  }

  /**
   * @throws {@link SessionGone} where the session has ended; nothing is written
   * @throws {@link SessionStoreUnavailable} with reason `contended` where other instances left no gap
   */
  write(write: LoadedWrite): Promise<WriteResult> {
    const { key } = write.snapshot;
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(key);
      const added = { ...write, resolve, reject };
      if (waiting !== undefined) {
        waiting.push(added);
        return;
      }
      const started = [added];
      this.#waiting.set(key, started);
      void this.#writeAll(key, started);
    });
  }

  /** Until no write of this session waits. */
  async #writeAll(key: string, waiting: WaitingWrite[]): Promise<void> {
    let lastText: string | undefined;
    for (let [next] = waiting; next !== undefined; [next] = waiting) {
      const batch: WaitingWrite[] = [];
      const startedMs = performance.now();
      try {
        const expected = lastText ?? next.snapshot.storedText;
        lastText = await this.#writeWaiting(key, waiting, batch, expected);
        // A gap for other instances. Who has just written knows so before those that collided with it, and would be first
        // again and again. What comes in the meantime is written together, so this costs no throughput.
        const tookMs = Math.min(performance.now() - startedMs, longestGapMs);
        if (waiting.length > 0) await sleep(Math.random() * 2 * tookMs);
      } catch (error) {
        lastText = undefined;
        for (const { reject } of batch) reject(error);
      }
    }
    this.#waiting.delete(key);
  }

  /**
   * Takes what waits into the batch, also what comes while it tries again.
   *
   * @param knownText what Redis had when this instance last saw it
   * @returns the same after this write
   */
  async #writeWaiting(
    key: string,
    waiting: WaitingWrite[],
    batch: WaitingWrite[],
    knownText: string,
  ): Promise<string> {
    const { deadlineMs, run } = this.#options;
    const startedMs = this.#calls.runningMs;
    let expected = knownText;
    for (let collisions = 0; ; collisions++) {
      batch.push(...waiting.splice(0));
      const merged = await mergeWrites(batch, expected, this.#options);
      if (merged === undefined) return expected;
      const { text, ttlMs } = merged;
      const write = { expected, text, ttlMs };
      const elapsedMs = this.#calls.runningMs - startedMs;
      // At least half of it for each attempt, so that a timeout always means that Redis was silent.
      const leftMs = Math.max(deadlineMs - elapsedMs, deadlineMs / 2);
      const result = await this.#calls.write(
        'write',
        key,
        (commands) => compareAndSet(commands, { key, ...write }, run),
        batch.some((waiting) => waiting.waitsForReplicas),
        leftMs,
      );
      if (result.outcome === 'stored') {
        merged.confirm();
        return text;
      }
      if (result.outcome === 'gone') throw new SessionGone();
      const triedMs = this.#calls.runningMs - startedMs;
      if (triedMs > deadlineMs * 2 || (triedMs > deadlineMs && collisions >= fewCollisions)) {
        throw new SessionStoreUnavailable('write', 'contended');
      }
      // Of those who collide one always succeeds, so trying again at once is best.
      expected = result.text;
    }
  }
}

const fewCollisions = 8;

/** In milliseconds. */
const longestGapMs = 50;
