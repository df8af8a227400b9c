// bcryptjs in worker threads, or on the event loop, for comparison.

import { compare, hash } from 'bcryptjs';
import { Piscina } from 'piscina';
import { z } from 'zod';
import type { BcryptTask } from './bcrypt-worker.ts';

export interface Bcrypt extends AsyncDisposable {
  hash(text: string, rounds: number): Promise<string>;
  compare(text: string, hash: string): Promise<boolean>;
}

/** `threads` worker threads, started at once and kept. Each works on one hash at a time, the others wait. */
export function bcryptInThreads(threads: number): Bcrypt {
  const pool = new Piscina<BcryptTask, unknown>({
    filename: new URL('./bcrypt-worker.ts', import.meta.url).href,
    minThreads: threads,
    maxThreads: threads,
    // The caller limits it, see hash-queue.ts.
    maxQueue: Number.POSITIVE_INFINITY,
  });
  return {
    hash: async (text, rounds) => z.string().parse(await pool.run({ text, rounds })),
    compare: async (text, hash) => z.boolean().parse(await pool.run({ text, hash })),
    [Symbol.asyncDispose]: () => pool.destroy(),
  };
}

/**
 * bcryptjs' own asynchronous functions. They work on the event loop, in slices of up to 100 ms, and other requests are
 * only served between two slices: logins slow down everybody.
 */
export function bcryptOnEventLoop(): Bcrypt {
  return { hash, compare, [Symbol.asyncDispose]: async () => {} };
}
