// `npm run demo`: the laboratory's main demonstration. See --help.

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type DemoOptions, readDemoOptions } from './command-line.ts';
import { experiments } from './experiments/all-experiments.ts';
import { startProcessFleet } from './fleet/processes/process-fleet.ts';
import { runMainProgram } from './main-program.ts';
import { describeEnvironment } from './report/environment.ts';
import { Progress } from './report/progress.ts';
import { markdownTable, terminalTable } from './report/table.ts';
import { runExperiments } from './run-experiments.ts';
import { stopSignals } from './stop-signals.ts';

await runMainProgram(async () => {
  const options = readDemoOptions(process.argv.slice(2));
  if (typeof options === 'string') {
    console.log(options);
    return 0;
  }
  return demo(options);
});

async function demo({ only, strategy, instances, json, markdown, fleet }: DemoOptions): Promise<number> {
  const start = performance.now();
  const chosen = experiments.filter(({ name }) => only === undefined || only.includes(name));
  const progress = new Progress(process.stderr, chosen.length * strategy.length);
  const signal = stopSignals((sentence) => progress.say(sentence));
  progress.say(
    `${chosen.length} experiments, ${strategy.length} session strategies (${strategy.join(', ')}), up to ${instances} instances each.`,
  );

  const plan = {
    experiments: chosen,
    strategies: strategy,
    instances,
    fleetKind: fleet,
    startFleet: startProcessFleet,
  };
  const { results, versions } = await runExperiments(plan, progress, signal).finally(() => progress.clear());

  await save(json, `${JSON.stringify({ environment: describeEnvironment(versions), results }, null, 2)}\n`);
  if (markdown !== undefined) await save(markdown, `${markdownTable(results, experiments)}\n`);
  console.log(terminalTable(results, experiments));
  const expected = results.filter(({ asExpected }) => asExpected).length;
  console.log(
    `${expected} of ${results.length} outcomes as expected, in ${((performance.now() - start) / 1000).toFixed(0)} s.`,
  );
  console.log(`The figures: ${json}`);
  return expected === results.length ? 0 : 1;
}

async function save(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}
