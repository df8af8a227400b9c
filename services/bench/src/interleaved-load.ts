// Load on several candidates in short slices, again and again: a program of its own. Takes an InterleavedLoadJob as JSON in its
// one argument and answers with an InterleavedLoadReport in one line of JSON.
//
// A machine's speed goes up and down with what else it does, by a third and more within seconds. Of two candidates
// measured some seconds apart one meets the better machine; in slices of a fraction of a second both meet the same.

import { Candidate } from './candidate.ts';
import {
  type InterleavedLoadJob,
  type InterleavedLoadReport,
  interleavedLoadJob,
} from './interleaved-load-job.ts';
import { shuffled } from './rounds.ts';

console.log(
  JSON.stringify(await loadInterleaved(interleavedLoadJob.parse(JSON.parse(process.argv[2] ?? 'null')))),
);

async function loadInterleaved(job: InterleavedLoadJob): Promise<InterleavedLoadReport> {
  const all = job.candidates.map((candidate) => new Candidate(candidate, job));
  for (let slice = 0; slice < job.slices; slice++) {
    for (const candidate of shuffled(all)) await candidate.runSlice();
  }
  await Promise.all(all.map((candidate) => candidate.leave()));
  return Object.fromEntries(all.map((candidate) => [candidate.name, candidate.report]));
}
