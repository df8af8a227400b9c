// `npm run bench`: session stores compared on this machine. See --help.

import { availableParallelism } from 'node:os';
import { runMainProgram } from '../../lab/src/commands/main-program.ts';
import { describeEnvironment } from '../../lab/src/report/environment.ts';
import { save, savePart } from '../../lab/src/report/save.ts';
import { stopSignals } from '../../lab/src/supervision/stop-signals.ts';
import { unlessAborted } from '../../lab/src/supervision/unless-aborted.ts';
import { type BenchOptions, readBenchOptions } from './bench-options.ts';
import { judge } from './goals.ts';
import { fullPlan, quickPlan, type Section } from './plan.ts';
import type { BenchResult } from './report/bench-result.ts';
import { benchDocument, benchText } from './report/report.ts';
import { runBench } from './run-bench.ts';
import { TestBed } from './test-bed.ts';

await runMainProgram(async () => {
  const options = readBenchOptions(process.argv.slice(2));
  if (typeof options === 'string') {
    console.log(options);
    return 0;
  }
  return bench(options);
});

async function bench({
  only,
  profile,
  rounds,
  quick,
  strict,
  json,
  markdown,
}: BenchOptions): Promise<number> {
  const beganMs = performance.now();
  const say = (line: string) => {
    const seconds = (performance.now() - beganMs) / 1000;
    console.error(`${seconds.toFixed(0).padStart(4)} s  ${line}`);
  };
  const signal = stopSignals(say);
  const basis = quick ? quickPlan : fullPlan;
  const plan = rounds === undefined ? basis : { ...basis, rounds, longRounds: rounds };
  const cores = availableParallelism();
  const { promise: dependencyExited, reject: onDependencyExited } = Promise.withResolvers<never>();
  dependencyExited.catch(() => {
    // Handled where the measurements are awaited.
  });

  say('starting Redis and Postgres');
  await using testBed = await TestBed.open(signal, onDependencyExited);
  const sections: readonly Section[] = profile ? ['profile'] : only;
  const work = runBench(testBed, { plan, sections, cores }, say);
  const figures = await unlessAborted(signal, Promise.race([work, dependencyExited]));

  const goals = judge(figures);
  const seconds = Math.round((performance.now() - beganMs) / 1000);
  const environment = describeEnvironment(testBed.versions);
  const result: BenchResult = { environment, plan, seconds, goals, figures };
  await save(json, `${JSON.stringify(result, null, 2)}\n`);
  if (markdown !== undefined) await savePart(markdown, 'bench', benchDocument(result));
  console.log(benchText(result));
  console.log(`The figures: ${json}`);
  return strict && goals.some(({ met }) => !met) ? 1 : 0;
}
