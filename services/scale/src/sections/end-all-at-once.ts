// All sessions end in the same second: the worst case for Redis, which deletes what has expired beside its other work.
// Nobody waits half an hour for it: a script brings their ends forward, as an operator could. It is Redis itself that ends them.

import { setTimeout as sleep } from 'node:timers/promises';
import { MeasurementError } from '../errors.ts';
import { coresBetween, type RedisMeter, type RedisReading } from '../redis/redis-meter.ts';

export interface Expiry {
  /** Sessions and lists. */
  readonly keys: number;
  /** From their end until the last is deleted. */
  readonly seconds: number;
  /** Cores that Redis used meanwhile. */
  readonly redisCores: number;
  /** Before their end, and when all are deleted. */
  readonly usedBytesBefore: number;
  readonly usedBytesAfter: number;
  readonly residentBytesAfter: number;
}

/** Sets ends of the next keys of a SCAN. Without `allow-cross-slot-keys`: not for a cluster. */
const bringForward = `
local found = redis.call('SCAN', ARGV[1], 'COUNT', 5000)
for _, key in ipairs(found[2]) do redis.call('PEXPIREAT', key, ARGV[2]) end
return found[1]
`;

/** For what happens before the end beside setting it: people who stay sign up, their load begins. */
const leadMs = 12_000;
/** So many times what setting all ends should take, since the machine may slow down meanwhile. */
const reserve = 2;
/** As in the script. */
const keysPerStep = 5_000;
/** How many steps are timed before the end is chosen. */
const timedSteps = 10;
const deadlineMs = 600_000;

type LookWhile = (work: () => Promise<void>) => Promise<void>;

/** @param beginLooking called when all ends are set, with time left until then */
export async function endAllAtOnce(
  meter: RedisMeter,
  beginLooking: () => Promise<LookWhile>,
  say: (line: string) => void,
): Promise<Expiry> {
  const { keys } = await meter.read();
  const beganMs = performance.now();
  // An hour from now: only to see how long it takes.
  const timed = await setEnds(meter, Date.now() + 3_600_000, timedSteps);
  const allMs = ((performance.now() - beganMs) * Math.ceil(keys / keysPerStep)) / timed;
  const endsAt = Date.now() + leadMs + Math.round(allMs * reserve);
  say(
    `million: all sessions are made to end in ${((endsAt - Date.now()) / 1000).toFixed(0)} s, at one moment`,
  );
  await setEnds(meter, endsAt);
  const lookWhile = await beginLooking();
  let expiry: Expiry | undefined;
  await lookWhile(async () => {
    const before = await meter.read();
    if (Date.now() > endsAt) throw new MeasurementError('the sessions ended before anybody looked');
    await sleep(endsAt - Date.now());
    expiry = await untilFreed(meter, before, keys);
  });
  if (expiry === undefined) throw new MeasurementError('nobody looked while the sessions ended');
  return expiry;
}

/** @returns how many steps it took: all that there are, or so many at the most */
async function setEnds(meter: RedisMeter, endsAt: number, most = Number.POSITIVE_INFINITY): Promise<number> {
  let cursor = '0';
  let steps = 0;
  do {
    cursor = String(await meter.command('EVAL', bringForward, '0', cursor, String(endsAt)));
    steps++;
  } while (cursor !== '0' && steps < most);
  return steps;
}

/** Keys whose end was set and then changed again: the throttles' counters of this address. */
const changedSince = 100;

/** @param before read before the end @param keys whose end has just come */
async function untilFreed(meter: RedisMeter, before: RedisReading, keys: number): Promise<Expiry> {
  const began = await meter.read();
  for (;;) {
    await sleep(100);
    const now = await meter.read();
    if (now.expiredKeys - before.expiredKeys >= keys - changedSince) {
      return {
        ...{ keys, seconds: (now.atMs - began.atMs) / 1000, redisCores: coresBetween(began, now) },
        ...{ usedBytesBefore: before.usedBytes, usedBytesAfter: now.usedBytes },
        residentBytesAfter: now.residentBytes,
      };
    }
    if (now.atMs - began.atMs > deadlineMs)
      throw new MeasurementError(`${now.keys} keys are still there ${deadlineMs / 1000} s after their end`);
  }
}
