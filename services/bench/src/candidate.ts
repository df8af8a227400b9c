// One of several servers that are asked in slices.

import { type Dispatcher, Pool } from 'undici';
import type { InterleavedLoadJob, SlicesMeasured } from './interleaved-load-job.ts';
import type { RequestSpec } from './load-job.ts';
import { LoadRecorder } from './load-recorder.ts';
import { send } from './request.ts';

export class Candidate {
  readonly name: string;
  readonly #perSecond: number[] = [];
  readonly #recorder = new LoadRecorder(200);
  readonly #request: RequestSpec;
  readonly #pool: Dispatcher;
  readonly #job: InterleavedLoadJob;
  #slicesMs = 0;
  #cpuMs = 0;

  constructor({ name, origin, request }: InterleavedLoadJob['candidates'][number], job: InterleavedLoadJob) {
    this.name = name;
    this.#request = request;
    this.#job = job;
    // One request at a time on each, as browsers and nginx have it.
    this.#pool = new Pool(origin, { pipelining: 1, connections: job.connections });
    this.#recorder.begin();
  }

  /** Until the last answer to what was asked within the slice, so that the next one's has the machine for itself. */
  async runSlice(): Promise<void> {
    const before = this.#recorder.count;
    const cpuBefore = process.cpuUsage();
    const beganMs = performance.now();
    const connection = async () => {
      while (performance.now() - beganMs < this.#job.sliceMs) {
        await send(this.#pool, this.#request, this.#recorder);
      }
    };
    await Promise.all(Array.from({ length: this.#job.connections }, connection));
    const tookMs = performance.now() - beganMs;
    const cpu = process.cpuUsage(cpuBefore);
    this.#perSecond.push(((this.#recorder.count - before) * 1000) / tookMs);
    this.#slicesMs += tookMs;
    this.#cpuMs += (cpu.user + cpu.system) / 1000;
  }

  /** Of the slices so far. */
  get report(): SlicesMeasured {
    return {
      perSecond: this.#perSecond,
      answered: this.#recorder.countInAll,
      p99Ms: this.#recorder.latencies().p99,
      failures: this.#recorder.failures,
      ownCpu: this.#cpuMs / this.#slicesMs,
    };
  }

  async leave(): Promise<void> {
    await this.#pool.destroy();
  }
}
