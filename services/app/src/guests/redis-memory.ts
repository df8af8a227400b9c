// How full Redis is. An instance looks about once a second: guests may fill Redis only up to a share, so that there is
// always room for logins.

import { Deadlines, type SessionRedis } from 'merging-redis-store';
import type { Logger } from 'pino';

export interface RedisMemory extends Disposable {
  /** The used share of `maxmemory`, of a cluster's fullest node; above 1 nothing can be stored. `undefined`: no limit is set, or not known yet. */
  ratio(): number | undefined;
}

/** Looks now and then until it is disposed. While Redis does not answer, the last figure holds. */
export function watchRedisMemory(redis: SessionRedis, log: Logger, everyMs = 1000): RedisMemory {
  let ratio: number | undefined;
  let said: string | undefined;
  let isLooking = false;
  const sayOnce = (what: string, details: object = {}) => {
    if (said !== what) log.warn(details, what);
    said = what;
  };
  const look = async () => {
    if (isLooking) return;
    isLooking = true;
    try {
      const shares = await deadlines.within(answerMs, sharesOf(redis));
      ratio = shares.length === 0 ? undefined : Math.max(...shares);
      if (ratio === undefined) sayOnce('Redis has no maxmemory, so guests have no memory budget');
    } catch (err) {
      // That Redis is down is said elsewhere.
      const mayNotAsk = err instanceof Error && /^NOPERM/.test(err.message);
      if (mayNotAsk || err instanceof TypeError) sayOnce('cannot read how full Redis is', { err });
    } finally {
      isLooking = false;
    }
  };
  const timer = setInterval(look, everyMs);
  timer.unref();
  void look();
  return { ratio: () => ratio, [Symbol.dispose]: () => clearInterval(timer) };
}

const answerMs = 800;
const deadlines = new Deadlines(50);

/** Of each server that has a limit. */
async function sharesOf(redis: SessionRedis): Promise<number[]> {
  const servers = redis.masters?.map((node) => redis.nodeClient?.(node)) ?? [
    redis.withCommandOptions({ timeout: 0, typeMapping: {} }),
  ];
  const texts = await Promise.all(servers.map(async (server) => askInfo(await server)));
  return texts.map(usedShare).filter((share) => share !== undefined);
}

async function askInfo(server: unknown): Promise<string> {
  const info: unknown = Reflect.get(Object(server), 'info');
  if (typeof info !== 'function') throw new TypeError('this client of Redis has no INFO');
  return String(await Reflect.apply(info, server, ['memory']));
}

/** As Redis itself decides whether it is full: without its buffers for replicas and its append-only file. */
export function usedShare(info: string): number | undefined {
  const figure = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  const most = figure('maxmemory');
  return most === 0 ? undefined : (figure('used_memory') - figure('mem_not_counted_for_evict')) / most;
}
