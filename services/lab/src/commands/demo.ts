// `npm run demo`: the laboratory's main demonstration. See --help.

import { experiments } from '../experiments/all-experiments.ts';
import { type ExperimentResult, resultsOf, runExperiments } from '../experiments/run-experiments.ts';
import { engineAnswers } from '../fleet/compose/engine.ts';
import type { FleetOptions } from '../fleet/fleet.ts';
import { startFleet } from '../fleet/start-fleet.ts';
import { describeEnvironment, type Environment } from '../report/environment.ts';
import { exitCodeOf, outcomesInWords } from '../report/outcomes.ts';
import { Progress } from '../report/progress.ts';
import { save, savePart } from '../report/save.ts';
import { markdownTable, terminalTable } from '../report/table.ts';
import { stopSignals } from '../supervision/stop-signals.ts';
import { type DemoOptions, readDemoOptions } from './demo-options.ts';
import { runMainProgram } from './main-program.ts';

await runMainProgram(async () => {
  const options = readDemoOptions(process.argv.slice(2));
  if (typeof options === 'string') {
    console.log(options);
    return 0;
  }
  return demo(options);
});

async function demo(options: DemoOptions): Promise<number> {
  const { only, strategy, instances, json, markdown, picture, fleet, context } = options;
  const start = performance.now();
  const chosen = experiments
    .filter(({ name }) => only === undefined || only.includes(name))
    .filter(({ needsClientAddresses }) => fleet === 'processes' || !needsClientAddresses);
  const progress = new Progress(process.stderr, resultsOf({ experiments: chosen, strategies: strategy }));
  const signal = stopSignals((sentence) => progress.say(sentence));
  progress.say(
    `${chosen.length} experiments, ${strategy.length} session strategies (${strategy.join(', ')}), up to ${instances} instances each.`,
  );

  if (fleet === 'processes' && (await engineAnswers())) {
    progress.say(
      'A Docker engine answers here: the same on containers is `npm run demo -- --fleet compose`.',
    );
  }

  const plan = {
    experiments: chosen,
    strategies: strategy,
    instances,
    fleetKind: fleet,
    // A container or a pod takes several times the processor time of a process to start, and on a small machine the proxy's and
    // the store's deadlines would be measured instead of the sessions.
    strategyRuns: fleet === 'processes' ? ('side by side' as const) : ('one after another' as const),
    startFleet: (options: FleetOptions) =>
      startFleet(fleet, { ...options, ...(context !== undefined && { context }) }),
  };
  const { results, versions } = await runExperiments(plan, progress, signal).finally(() => progress.clear());

  const environment = describeEnvironment(versions);
  await save(json, `${JSON.stringify({ environment, results }, null, 2)}\n`);
  if (markdown !== undefined)
    await savePart(markdown, `demo on ${fleet}`, documentPart(results, environment));
  if (picture !== undefined) await savePicture(picture, results, environment);
  console.log(terminalTable(results, experiments));
  console.log(`${outcomesInWords(results)}, in ${((performance.now() - start) / 1000).toFixed(0)} s.`);
  console.log(`The figures: ${json}`);
  return exitCodeOf(results);
}

/** Says so where there is nothing to draw: an experiment that did not come to its end has no figures. */
async function savePicture(
  file: string,
  results: readonly ExperimentResult[],
  environment: Environment,
): Promise<void> {
  // Only who wants a picture waits for the library that draws it.
  const { autoscalePicture } = await import('../report/autoscale-picture.ts');
  const svg = autoscalePicture(results, environment);
  if (svg === undefined) console.error('No picture: the experiment autoscale did not come to its end.');
  else await save(file, `${svg}\n`);
}

function documentPart(
  results: readonly ExperimentResult[],
  { date, cores, memoryGiB, versions }: Environment,
): string {
  const programs = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const where = `Measured ${date.slice(0, 10)} on ${cores} cores and ${memoryGiB} GiB, ${programs.join(', ')}.`;
  return `${markdownTable(results, experiments)}\n\n${where}`;
}
