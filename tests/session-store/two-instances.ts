// Two instances, each with a store and a connection of its own, on one Redis.

import type { MergingRedisStore, MergingRedisStoreOptions, SessionStoreEvent } from 'merging-redis-store';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { Instance, type TestRequest } from '../support/session-requests.ts';
import { openMergingStore } from '../support/session-stores.ts';

export class TwoInstances implements AsyncDisposable {
  readonly redis: RedisServer;
  readonly a: Instance;
  readonly b: Instance;
  readonly storeOfA: MergingRedisStore;
  readonly storeOfB: MergingRedisStore;
  /** The events of both stores. Tests empty it. */
  readonly events: SessionStoreEvent[];
  readonly #opened: AsyncDisposableStack;

  private constructor(
    redis: RedisServer,
    [storeOfA, storeOfB]: readonly [MergingRedisStore, MergingRedisStore],
    events: SessionStoreEvent[],
    opened: AsyncDisposableStack,
  ) {
    this.redis = redis;
    this.a = new Instance(storeOfA);
    this.b = new Instance(storeOfB);
    this.storeOfA = storeOfA;
    this.storeOfB = storeOfB;
    this.events = events;
    this.#opened = opened;
  }

  /** @param settings of both stores */
  static async open(
    settings: Omit<MergingRedisStoreOptions, 'client' | 'observe'> = {},
  ): Promise<TwoInstances> {
    await using opened = new AsyncDisposableStack();
    const events: SessionStoreEvent[] = [];
    const options = { ...settings, observe: (event: SessionStoreEvent) => void events.push(event) };
    const redis = opened.use(await startRedis());
    const a = opened.use(await openMergingStore(redis.url, options)).store;
    const b = opened.use(await openMergingStore(redis.url, options)).store;
    return new TwoInstances(redis, [a, b], events, opened.move());
  }

  /** What is stored in Redis, without the cookie. */
  readonly stored = async (id: string): Promise<object | undefined> => {
    const text = await this.redis.command('GET', `sess:${id}`);
    if (typeof text !== 'string') return undefined;
    const { cookie: _, ...content } = JSON.parse(text);
    return content;
  };

  readonly ttlMs = async (id: string): Promise<number> =>
    Number(await this.redis.command('PTTL', `sess:${id}`));

  /** A session that `a` has stored. */
  readonly login = async (content: object): Promise<TestRequest> => {
    const request = this.a.newRequest();
    Object.assign(request.session, content);
    await request.save();
    return request;
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened.disposeAsync();
  }
}

/** A request with this session's cookie, which has to be there. */
export async function load(instance: Instance, id: string): Promise<TestRequest> {
  const request = await instance.load(id);
  if (request === undefined) throw new Error('there is no such session');
  return request;
}
