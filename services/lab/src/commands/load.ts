// `npm run load -- SCRIPT`: a k6 script against a deployment, with the change that the script is about. See --help.

import { join, resolve } from 'node:path';
import { startFleet } from '../fleet/start-fleet.ts';
import { findK6 } from '../k6/find-k6.ts';
import { projectFolder } from '../k6/k6.ts';
import { runScript, runScriptOnFleet, type ScriptRun } from '../k6/run-script.ts';
import { stopSignals } from '../supervision/stop-signals.ts';
import { type LoadOptions, readLoadOptions } from './load-options.ts';
import { runMainProgram } from './main-program.ts';

await runMainProgram(async () => {
  const options = readLoadOptions(process.argv.slice(2));
  if (typeof options === 'string') {
    console.log(options);
    return 0;
  }
  return load(options);
});

async function load(options: LoadOptions): Promise<number> {
  const { script, strategy, duration, users, url, json, html } = options;
  const say = console.error;
  const signal = stopSignals(say);
  const k6 = await findK6({ build: true, say, signal });
  say(`${script.name} with ${k6.description}`);
  const jsonFile = resolve(json ?? join(projectFolder, '.cache', 'load', `${script.name}-${strategy}.json`));
  const htmlFile = html === undefined ? undefined : resolve(html);
  const run = { script, strategy, duration, users, jsonFile, htmlFile, k6, signal, say };
  return url === undefined ? loadOnNewFleet(options, run) : runScript(run, { BASE_URL: url });
}

async function loadOnNewFleet({ script, strategy, instances, fleet }: LoadOptions, run: ScriptRun) {
  const initialInstances = script.initialInstances ?? instances;
  const dependencyExited = new AbortController();
  run.say(
    `Starting ${initialInstances === 1 ? 'one instance' : `${initialInstances} instances`}, nginx, Redis and Postgres …`,
  );
  await using started = await startFleet(fleet, {
    strategy,
    instances: initialInstances,
    ...(script.appSettings && { appSettings: script.appSettings }),
    signal: run.signal,
    onDependencyExited: (error) => dependencyExited.abort(error),
  });
  const signal = AbortSignal.any([run.signal, dependencyExited.signal]);
  return await runScriptOnFleet(started, instances, { ...run, signal });
}
