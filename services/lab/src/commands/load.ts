// `npm run load -- SCRIPT`: a k6 script against a deployment, with the change that the script is about. See --help.

import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Fleet } from '../fleet/fleet.ts';
import { startFleet } from '../fleet/start-fleet.ts';
import { startLoadAutoscaler } from '../k6/autoscaled.ts';
import { type Action, ControlServer } from '../k6/change-server.ts';
import { findK6 } from '../k6/find-k6.ts';
import { type K6, projectFolder } from '../k6/k6.ts';
import { runK6 } from '../k6/run-k6.ts';
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
  const signal = stopSignals(console.error);
  const k6 = await findK6({ build: true, say: console.error, signal });
  console.error(`${options.script.name} with ${k6.description}`);
  return options.url === undefined
    ? loadOnFleet(options, k6, signal)
    : runScript(options, k6, { BASE_URL: options.url }, signal);
}

async function loadOnFleet(options: LoadOptions, k6: K6, signal: AbortSignal): Promise<number> {
  const { script, strategy, instances } = options;
  const initialInstances = script.initialInstances ?? instances;
  const dependencyExited = new AbortController();
  console.error(
    `Starting ${initialInstances === 1 ? 'one instance' : `${initialInstances} instances`}, nginx, Redis and Postgres …`,
  );
  await using fleet = await startFleet(options.fleet, {
    strategy,
    instances: initialInstances,
    ...(script.appSettings && { appSettings: script.appSettings }),
    signal,
    onDependencyExited: (error) => dependencyExited.abort(error),
  });
  await using autoscaled = script.autoscaled ? startLoadAutoscaler(fleet, instances) : undefined;
  await using control = await ControlServer.listen({
    ...(autoscaled && { load: autoscaled.load }),
    change: changeOf(options, fleet),
  });
  const settings = {
    BASE_URL: fleet.baseUrl,
    ...(script.change && { CHANGE_URL: `${control.url}/change` }),
    ...(script.autoscaled && { LOAD_URL: `${control.url}/load` }),
  };
  return await runScript(options, k6, settings, AbortSignal.any([signal, dependencyExited.signal]));
}

/** The change that the script asks for when it is due. */
function changeOf({ script, instances }: LoadOptions, fleet: Fleet): Action {
  return async () => {
    console.error('The change initialInstances.');
    const start = performance.now();
    await script.change?.(fleet, instances);
    console.error(`The change is made, in ${((performance.now() - start) / 1000).toFixed(1)} s.`);
  };
}

async function runScript(
  { script, strategy, duration, users, json, html }: LoadOptions,
  k6: K6,
  settings: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<number> {
  const jsonFile = resolve(json ?? join(projectFolder, '.cache', 'load', `${script.name}-${strategy}.json`));
  const htmlFile = html === undefined ? undefined : resolve(html);
  const files = [jsonFile, ...(htmlFile ? [htmlFile] : [])];
  for (const file of files) {
    await mkdir(dirname(file), { recursive: true });
    await rm(file, { force: true }); // what is there afterwards is of this run
  }
  const command = k6.commandFor({
    script: script.name,
    settings: {
      ...settings,
      STRATEGY: strategy,
      ...(duration && { DURATION: duration }),
      ...(users && { USERS: String(users) }),
    },
    jsonFile,
    ...(htmlFile && { htmlFile }),
  });
  const exitCode = await runK6(command, signal);
  for (const file of files) if (existsSync(file)) console.error(`Written: ${file}`);
  return exitCode;
}
