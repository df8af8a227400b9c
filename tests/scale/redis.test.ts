import { describe, expect, test } from '@jest/globals';
import { primaryOfSlot } from '../../services/lab/src/fleet/processes/redis-cluster.ts';
import {
  commandsBetween,
  coresBetween,
  openRedisMeter,
  reading,
} from '../../services/scale/src/redis/redis-meter.ts';
import { startRedis } from '../support/redis.ts';

describe('reading Redis', () => {
  test('counts commands and processor time between two readings', async () => {
    await using redis = await startRedis();
    await using meter = await openRedisMeter(redis.url);
    const before = await meter.read();
    for (let n = 0; n < 200; n++) await meter.command('SET', `key ${n}`, 'a value');
    const after = await meter.read();
    expect(commandsBetween(before, after).set?.calls).toBe(200);
    expect(commandsBetween(before, after).get).toBeUndefined();
    expect(after.keys - before.keys).toBe(200);
    expect(after.usedBytes).toBeGreaterThan(before.usedBytes);
    // 200 commands one after the other take some processor time, and one thread has one core at the most.
    expect(coresBetween(before, after)).toBeGreaterThan(0);
    expect(coresBetween(before, after)).toBeLessThanOrEqual(1.05);
  });

  test('a figure that is missing is named', () => {
    expect(() => reading('redis_version:1.0')).toThrow('INFO of Redis did not carry used_cpu_user');
  });
});

test('each of 16384 slots has one primary, and each primary a third of them', () => {
  const counts = [0, 0, 0];
  for (let slot = 0; slot < 16_384; slot++) {
    const primary = primaryOfSlot(slot, 3);
    counts[primary] = (counts[primary] ?? 0) + 1;
  }
  expect(counts).toEqual([5461, 5462, 5461]);
  for (const slot of [-1, 16_384]) expect(() => primaryOfSlot(slot, 3)).toThrow(RangeError);
});
