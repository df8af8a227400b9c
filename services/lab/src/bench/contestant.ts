// One of several servers that are asked in turns.

import { type Dispatcher, Pool } from 'undici';
import type { InTurnsJob } from './in-turns-job.ts';
import { LoadRecorder } from './load-recorder.ts';
import { ask } from './request.ts';

export class Contestant {
  readonly name: string;
  readonly perSecond: number[] = [];
  readonly recorder = new LoadRecorder(200);
  readonly #question: { readonly path: string; readonly headers: Readonly<Record<string, string>> };
  readonly #pool: Dispatcher;
  readonly #job: InTurnsJob;

  constructor({ name, origin, path, headers }: InTurnsJob['contestants'][number], job: InTurnsJob) {
    this.name = name;
    this.#question = { path, headers };
    this.#job = job;
    // One request at a time on each, as browsers and nginx have it.
    this.#pool = new Pool(origin, { pipelining: 1, connections: job.connections });
    this.recorder.begin();
  }

  /** Until the last answer to what was asked within the turn, so that the next one's has the machine for itself. */
  async takeTurn(): Promise<void> {
    const before = this.recorder.count;
    const beganMs = performance.now();
    const connection = async () => {
      while (performance.now() - beganMs < this.#job.turnMs) {
        await ask(this.#pool, { ...this.#question, method: 'GET', body: undefined }, this.recorder);
      }
    };
    await Promise.all(Array.from({ length: this.#job.connections }, connection));
    this.perSecond.push(((this.recorder.count - before) * 1000) / (performance.now() - beganMs));
  }

  async leave(): Promise<void> {
    await this.#pool.destroy();
  }
}
