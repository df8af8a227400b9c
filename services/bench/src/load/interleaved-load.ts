// Load on several candidates in short slices of time, one candidate after the other, again and again: a program of its
// own. Takes an InterleavedLoadJob as JSON in its one argument and answers with an InterleavedLoadReport in one line of
// JSON.
//
// A machine's speed goes up and down with what else it does, by a third and more within seconds. Of two candidates
// measured some seconds apart, one has the faster machine; in slices of a fraction of a second both have the same.

import { type Dispatcher, Pool } from 'undici';
import { shuffled } from '../rounds.ts';
import {
  type CandidateReport,
  type InterleavedLoadJob,
  type InterleavedLoadReport,
  interleavedLoadJob,
  type LoadCandidate,
} from './interleaved-load-job.ts';
import type { RequestSpec } from './load-job.ts';
import { LoadRecorder } from './load-recorder.ts';
import { processorTimeUs } from './processor-time.ts';
import { sendRequest } from './send-request.ts';

interface Part {
  readonly name: string;
  readonly pids: readonly number[];
  /** For each slice, processor time for one request. */
  readonly us: number[];
}

/** The load on one candidate. */
class CandidateLoad implements AsyncDisposable {
  readonly name: string;
  readonly #requests: readonly RequestSpec[];
  readonly #connections: number;
  readonly #sliceMs: number;
  readonly #pool: Dispatcher;
  readonly #recorder = new LoadRecorder(200);
  /** The candidate itself, where its process is known, and what else is measured. */
  readonly #own: Part | undefined;
  readonly #parts: readonly Part[];
  readonly #perSecond: number[] = [];
  #measuredMs = 0;
  #cpuMs = 0;

  constructor(
    { name, origin, requests, pid, pids = {} }: LoadCandidate,
    { connections, sliceMs }: InterleavedLoadJob,
  ) {
    this.name = name;
    this.#requests = requests;
    this.#own = pid === undefined ? undefined : { name, pids: [pid], us: [] };
    this.#parts = Object.entries(pids).map(([part, ofPart]) => ({ name: part, pids: ofPart, us: [] }));
    this.#connections = connections;
    this.#sliceMs = sliceMs;
    // One request at a time on each connection, as browsers and nginx do it.
    this.#pool = new Pool(origin, { pipelining: 1, connections });
    this.#recorder.begin();
  }

  /** Resolves when every request of the slice is answered, so that the next candidate has the machine for itself. */
  async runSlice(): Promise<void> {
    const answeredBefore = this.#recorder.answered;
    const measured = [...(this.#own ? [this.#own] : []), ...this.#parts];
    const usedBeforeUs = measured.map(({ pids }) => sumUs(pids));
    const cpuBefore = process.cpuUsage();
    const beganMs = performance.now();
    const connection = async (_: unknown, index: number) => {
      const request = this.#requests[index % this.#requests.length];
      while (request && performance.now() - beganMs < this.#sliceMs) {
        await sendRequest(this.#pool, request, this.#recorder);
      }
    };
    await Promise.all(Array.from({ length: this.#connections }, connection));
    const tookMs = performance.now() - beganMs;
    const cpu = process.cpuUsage(cpuBefore);
    const answered = this.#recorder.answered - answeredBefore;
    this.#perSecond.push((answered * 1000) / tookMs);
    for (const [index, { pids, us }] of measured.entries()) {
      const beforeUs = usedBeforeUs[index];
      const afterUs = sumUs(pids);
      if (beforeUs !== undefined && afterUs !== undefined && answered > 0)
        us.push((afterUs - beforeUs) / answered);
    }
    this.#measuredMs += tookMs;
    this.#cpuMs += (cpu.user + cpu.system) / 1000;
  }

  /** Of the slices so far. */
  get report(): CandidateReport {
    return {
      perSecond: this.#perSecond,
      cpuUs: this.#own?.us ?? [],
      partsUs: Object.fromEntries(this.#parts.map(({ name, us }) => [name, us])),
      answered: this.#recorder.answered,
      p99Ms: this.#recorder.latencies().p99Ms,
      failures: this.#recorder.failures,
      generatorCpu: this.#cpuMs / this.#measuredMs,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.destroy();
  }
}

/** Undefined when one of them has ended, and where the system does not tell. */
function sumUs(pids: readonly number[]): number | undefined {
  const all = pids.map(processorTimeUs).filter((us) => us !== undefined);
  return all.length === pids.length ? all.reduce((sum, us) => sum + us, 0) : undefined;
}

// After the class, which exists only from its definition on.
const job = interleavedLoadJob.parse(JSON.parse(process.argv[2] ?? 'null'));
console.log(JSON.stringify(await loadInterleaved(job)));

async function loadInterleaved(job: InterleavedLoadJob): Promise<InterleavedLoadReport> {
  await using pools = new AsyncDisposableStack();
  const all = job.candidates.map((candidate) => pools.use(new CandidateLoad(candidate, job)));
  for (let slice = 0; slice < job.slices; slice++) {
    for (const candidate of shuffled(all)) await candidate.runSlice();
  }
  return Object.fromEntries(all.map(({ name, report }) => [name, report]));
}
