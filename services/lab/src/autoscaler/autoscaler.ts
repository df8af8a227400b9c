// A horizontal autoscaler for any fleet: reads a metric about once a second, decides, and changes the fleet.

import type { AutoscalerStep, Fleet, Following } from '../fleet/fleet.ts';
import { pauseUnlessAborted } from '../supervision/unless-aborted.ts';
import { decide, type Recommendation, type Rule } from './decision.ts';

export interface AutoscalerOptions extends Rule {
  readonly fleet: Pick<Fleet, 'instances' | 'scaleTo'>;
  /**
   * The metric of an average instance now, in the unit of `target`, given how many instances there are. Any source
   * will do, as long as the number follows the load when the number of instances does not change.
   */
  readonly metric: (instances: number) => number | Promise<number>;
  /** Between the end of one step and the beginning of the next, in ms. Default 1000; Kubernetes' is 15000. */
  readonly everyMs?: number;
  /** How long one step may take, the change of the fleet included, in ms. Default 30000. */
  readonly stepDeadlineMs?: number;
}

/** What the autoscaler saw and did in one step, which is over when there are as many instances as it wanted. */
export interface Step extends AutoscalerStep {
  /** How long the step took, in seconds: close to 0 unless the fleet was changed. */
  readonly tookSeconds: number;
}

/** A step failed or missed its deadline; its `cause` says how. The autoscaler has ended with it. */
export class AutoscalerError extends Error {
  override readonly name = 'AutoscalerError';
}

/**
 * Runs from its construction until {@link stop}. One step follows the other, so there are never two changes at once. It
 * does not read the metric while the fleet changes, which takes as long as new instances need to start. A failed step
 * ends it, because the state of the fleet is not known then.
 */
export class Autoscaler implements Following {
  readonly #options: AutoscalerOptions;
  readonly #steps: Step[] = [];
  readonly #stopped = new AbortController();
  readonly #ended: Promise<void>;
  readonly #startedAtMs = performance.now();
  #failure: AutoscalerError | undefined;

  constructor(options: AutoscalerOptions) {
    this.#options = options;
    this.#ended = this.#run().catch((cause) => {
      this.#failure = new AutoscalerError(`The autoscaler ended early: ${messageOf(cause)}`, { cause });
    });
  }

  /** All steps so far, oldest first. */
  get steps(): readonly Step[] {
    return this.#steps;
  }

  /** Why it has ended by itself, if it has. */
  get failure(): AutoscalerError | undefined {
    return this.#failure;
  }

  /** Ends it after the step that it is in. @throws {AutoscalerError} when it had ended by itself before. */
  async stop(): Promise<readonly Step[]> {
    this.#stopped.abort();
    await this.#ended;
    if (this.#failure) throw this.#failure;
    return this.#steps;
  }

  /** Ends it and does not throw: {@link stop} tells of a failure. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    await this.#ended;
  }

  async #run(): Promise<void> {
    const { fleet, everyMs = 1000, stepDeadlineMs = 30_000 } = this.#options;
    const { length: instances } = await within(stepDeadlineMs, fleet.instances());
    let past: readonly Recommendation[] = [{ atSeconds: this.#seconds(), instances }];
    while (!this.#stopped.signal.aborted) {
      past = await within(stepDeadlineMs, this.#step(past));
      await pauseUnlessAborted(this.#stopped.signal, everyMs);
    }
  }

  async #step(past: readonly Recommendation[]): Promise<readonly Recommendation[]> {
    const { fleet, metric: measure } = this.#options;
    const { length: instances } = await fleet.instances();
    const metric = await measure(instances);
    const atSeconds = this.#seconds();
    const decision = decide({ atSeconds, instances, metric }, past, this.#options);
    const { desired } = decision;
    if (desired !== instances && !this.#stopped.signal.aborted) await fleet.scaleTo(desired);
    this.#steps.push({ atSeconds, instances, metric, desired, tookSeconds: this.#seconds() - atSeconds });
    return decision.past;
  }

  #seconds(): number {
    return (performance.now() - this.#startedAtMs) / 1000;
  }
}

async function within<T>(deadlineMs: number, work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`a step is not done after ${deadlineMs / 1000} s`)),
    deadlineMs,
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
