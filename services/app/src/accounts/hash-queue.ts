// Limits how many hashes are computed at once, how many wait, and for how long, and shares them fairly between clients.

import { ServiceUnavailable } from '../http/errors.ts';

/** Too many hashes wait already, or this one has waited for too long. */
export class HashingOverloaded extends ServiceUnavailable {
  override readonly name = 'HashingOverloaded';
  constructor() {
    super('Too many people are logging in.');
  }
}

export interface HashQueueOptions {
  /** How many are computed at the same time, 1 or more. */
  readonly concurrency: number;
  /** How many more may wait, 0 or more. */
  readonly maxWaiting: number;
  /** How long one may wait, in milliseconds. */
  readonly longestWaitMs: number;
}

/** For whom something is hashed. */
export interface HashFor {
  /** Clients share the queue evenly, see throttling/client-address.ts. */
  readonly client: string;
  /** Aborts when nobody waits for the result any more: what waits leaves the queue. */
  readonly signal: AbortSignal;
}

interface Waiting {
  start(): void;
  refuse(reason: unknown): void;
}

/**
 * A queue that is bounded in length and in time. Time matters as much as length: if a login waits for longer than the
 * proxy's read timeout, the proxy counts it as a failure of the instance, and then sends nobody there any more.
 *
 * Clients that wait take turns, whatever the number of their hashes, so one that floods waits for itself. It may fill the
 * queue for as long as nobody else needs it: another client that comes then takes the place of its last hash.
 */
export class HashQueue {
  readonly #options: HashQueueOptions;
  /** What waits, by client. The first client has the next turn, and goes to the end after it. */
  readonly #waiting = new Map<string, Waiting[]>();
  #running = 0;

  constructor(options: HashQueueOptions) {
    this.#options = options;
  }

  /**
   * Runs the work when fewer than `concurrency` others run. Work that has begun runs to its end.
   * @throws {HashingOverloaded} @throws the signal's reason
   */
  async run<T>(work: () => Promise<T>, { client, signal }: HashFor = forTheAppItself): Promise<T> {
    signal.throwIfAborted();
    if (this.#running >= this.#options.concurrency) await this.#wait(client, signal);
    else this.#running += 1;
    try {
      return await work();
    } finally {
      const next = this.#takeNext();
      if (next === undefined) this.#running -= 1;
      // The slot passes to the next one without being free in between, so that no newcomer can take it.
      else next.start();
    }
  }

  async #wait(client: string, signal: AbortSignal): Promise<void> {
    this.#makeRoomFor(client);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting: Waiting = { start: resolve, refuse: reject };
    const leave = (reason: unknown) => {
      this.#remove(client, waiting);
      reject(reason);
    };
    const onAbort = () => leave(signal.reason);
    const timer = setTimeout(() => leave(new HashingOverloaded()), this.#options.longestWaitMs);
    signal.addEventListener('abort', onAbort, { once: true });
    const mine = this.#waiting.get(client);
    if (mine === undefined) this.#waiting.set(client, [waiting]);
    else mine.push(waiting);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** @throws {HashingOverloaded} unless there is room, or a client that has more waiting than this one can make it */
  #makeRoomFor(client: string): void {
    let count = 0;
    let largest: readonly [client: string, waiting: readonly Waiting[]] | undefined;
    for (const entry of this.#waiting) {
      count += entry[1].length;
      if (entry[1].length > (largest?.[1].length ?? 0)) largest = entry;
    }
    if (count < this.#options.maxWaiting) return;
    const last = largest?.[1].at(-1);
    const mine = this.#waiting.get(client)?.length ?? 0;
    // Not for one that would then have as many: the two would push each other out in turn.
    if (largest === undefined || last === undefined || largest[1].length <= mine + 1)
      throw new HashingOverloaded();
    this.#remove(largest[0], last);
    last.refuse(new HashingOverloaded());
  }

  #takeNext(): Waiting | undefined {
    const [first] = this.#waiting;
    if (first === undefined) return undefined;
    const [client, waiting] = first;
    const next = waiting.shift();
    this.#waiting.delete(client);
    if (waiting.length > 0) this.#waiting.set(client, waiting);
    return next;
  }

  #remove(client: string, waiting: Waiting): void {
    const mine = this.#waiting.get(client);
    const index = mine?.indexOf(waiting) ?? -1;
    if (mine === undefined || index < 0) return;
    mine.splice(index, 1);
    if (mine.length === 0) this.#waiting.delete(client);
  }
}

/** Hashes for which no request waits have one share together. */
const forTheAppItself: HashFor = { client: '', signal: new AbortController().signal };
