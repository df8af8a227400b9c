// Where a load becomes too much: the last rate at which latencies still are about what they are at little load.

/** Rates in operations per second, times in milliseconds. */
export interface LoadStep {
  readonly offeredPerSecond: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Cores that Redis and the workers used. */
  readonly redisCores: number;
  readonly workerCores: number;
}

/** A step that delivers less than this share of what was offered is overloaded, whatever its latencies are. */
const delivered = 0.95;
/** So many times the p99 at the lowest rate is beyond the knee. */
const timesLowest = 10;

/** Whether the last of the steps, which rise, is beyond the knee. */
export function isBeyondKnee(steps: readonly LoadStep[]): boolean {
  const [first, last] = [steps[0], steps.at(-1)];
  if (first === undefined || last === undefined) return false;
  return (
    last.perSecond < delivered * last.offeredPerSecond ||
    last.p99Ms > timesLowest * first.p99Ms ||
    Number.isNaN(last.p99Ms)
  );
}

/** The last step before the knee. `undefined` when it was not reached, or when the first was beyond it. */
export function kneeOf(steps: readonly LoadStep[]): LoadStep | undefined {
  const beyond = steps.findIndex((_, index) => isBeyondKnee(steps.slice(0, index + 1)));
  return beyond < 1 ? undefined : steps[beyond - 1];
}
