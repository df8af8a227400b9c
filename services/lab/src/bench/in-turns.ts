// Load on several contestants in short turns, again and again: a program of its own. Takes an InTurnsJob as JSON in its
// one argument and answers with an InTurnsReport in one line of JSON.
//
// A machine's speed goes up and down with what else it does, by a third and more within seconds. Of two contestants
// measured some seconds apart one meets the better machine; in turns of a fraction of a second both meet the same.

import { Contestant } from './contestant.ts';
import { type InTurnsJob, type InTurnsReport, inTurnsJob } from './in-turns-job.ts';
import { shuffled } from './rounds.ts';

console.log(JSON.stringify(await loadInTurns(inTurnsJob.parse(JSON.parse(process.argv[2] ?? 'null')))));

async function loadInTurns(job: InTurnsJob): Promise<InTurnsReport> {
  const all = job.contestants.map((contestant) => new Contestant(contestant, job));
  for (let turn = 0; turn < job.turns; turn++) {
    for (const contestant of shuffled(all)) await contestant.takeTurn();
  }
  await Promise.all(all.map((contestant) => contestant.leave()));
  return Object.fromEntries(all.map((contestant) => [contestant.name, contestant.report]));
}
