// One of several servers that are asked in turns.

import { type Dispatcher, Pool } from 'undici';
import type { InTurnsJob, TurnsTaken } from './in-turns-job.ts';
import type { Question } from './load-job.ts';
import { LoadRecorder } from './load-recorder.ts';
import { ask } from './request.ts';

export class Contestant {
  readonly name: string;
  readonly #perSecond: number[] = [];
  readonly #recorder = new LoadRecorder(200);
  readonly #question: Question;
  readonly #pool: Dispatcher;
  readonly #job: InTurnsJob;
  #turnsMs = 0;
  #cpuMs = 0;

  constructor({ name, origin, question }: InTurnsJob['contestants'][number], job: InTurnsJob) {
    this.name = name;
    this.#question = question;
    this.#job = job;
    // One request at a time on each, as browsers and nginx have it.
    this.#pool = new Pool(origin, { pipelining: 1, connections: job.connections });
    this.#recorder.begin();
  }

  /** Until the last answer to what was asked within the turn, so that the next one's has the machine for itself. */
  async takeTurn(): Promise<void> {
    const before = this.#recorder.count;
    const cpuBefore = process.cpuUsage();
    const beganMs = performance.now();
    const connection = async () => {
      while (performance.now() - beganMs < this.#job.turnMs) {
        await ask(this.#pool, this.#question, this.#recorder);
      }
    };
    await Promise.all(Array.from({ length: this.#job.connections }, connection));
    const tookMs = performance.now() - beganMs;
    const cpu = process.cpuUsage(cpuBefore);
    this.#perSecond.push(((this.#recorder.count - before) * 1000) / tookMs);
    this.#turnsMs += tookMs;
    this.#cpuMs += (cpu.user + cpu.system) / 1000;
  }

  /** Of the turns so far. */
  get report(): TurnsTaken {
    return {
      perSecond: this.#perSecond,
      answered: this.#recorder.countInAll,
      p99Ms: this.#recorder.latencies().p99,
      failures: this.#recorder.failures,
      ownCpu: this.#cpuMs / this.#turnsMs,
    };
  }

  async leave(): Promise<void> {
    await this.#pool.destroy();
  }
}
