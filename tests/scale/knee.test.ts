import { describe, expect, test } from '@jest/globals';
import { isBeyondKnee, kneeOf, type LoadStep } from '../../services/scale/src/sections/knee.ts';

const step = (offeredPerSecond: number, p99Ms: number, served = 1): LoadStep => ({
  ...{ offeredPerSecond, perSecond: offeredPerSecond * served, p50Ms: p99Ms / 2, p99Ms },
  ...{ redisCores: 0.1, workerCores: 0.2 },
});

describe('the knee of a load that rises', () => {
  test('is the last step before latencies rise tenfold', () => {
    const steps = [step(1_000, 2), step(2_000, 3), step(4_000, 19), step(8_000, 21)];
    expect(kneeOf(steps)?.offeredPerSecond).toBe(4_000);
    expect(isBeyondKnee(steps.slice(0, 3))).toBe(false);
    expect(isBeyondKnee(steps)).toBe(true);
  });

  test('is before a step that is not served, however quick the answers are', () => {
    expect(kneeOf([step(1_000, 2), step(2_000, 2, 0.94)])?.offeredPerSecond).toBe(1_000);
    expect(kneeOf([step(1_000, 2), step(2_000, 2, 0.96)])).toBeUndefined();
  });

  test('is not known where it was not reached, and where the first step was too much', () => {
    expect(kneeOf([])).toBeUndefined();
    expect(kneeOf([step(1_000, 2), step(2_000, 3)])).toBeUndefined();
    expect(kneeOf([step(1_000, 2, 0.5)])).toBeUndefined();
  });

  test('a step that answered nothing is beyond it', () => {
    expect(isBeyondKnee([step(1_000, 2), step(2_000, Number.NaN)])).toBe(true);
  });
});
