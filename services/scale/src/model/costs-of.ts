// The model's costs, out of what was measured.

import type { ScaleFigures } from '../figures.ts';
import { usualCartLines } from '../plan.ts';
import type { Costs } from './needs.ts';

/** `undefined` where a section that they come from did not run. */
export function costsOf({ redis, instance }: ScaleFigures): Costs | undefined {
  if (redis === undefined || instance === undefined) return undefined;
  const renewal = redis.operations.find(({ operation }) => operation === 'renewal');
  const read = redis.operations.find(({ operation }) => operation === 'read');
  const size = redis.sizes.find(({ cartLines }) => cartLines === usualCartLines);
  if (renewal === undefined || read === undefined || size === undefined) return undefined;
  return {
    readMs: instance.read.instanceMs,
    writeMs: instance.write.instanceMs,
    loginMs: instance.login.instanceMs,
    redisReadUs: instance.read.redisUs,
    redisWriteUs: instance.write.redisUs,
    // The measured one reads first.
    redisRenewalUs: Math.max(0, renewal.redisUs - read.redisUs),
    redisLoginUs: instance.redisUsOfLogin,
    sessionBytes: size.bytes,
    idleCores: instance.idle.instance,
    redisIdleCores: instance.idle.redis,
  };
}
