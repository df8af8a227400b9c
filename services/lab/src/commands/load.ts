// `npm run load -- SCRIPT`: a k6 script against a deployment, with the change that the script is about. See --help.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startFleet } from '../fleet/start-fleet.ts';
import { findK6 } from '../k6/find-k6.ts';
import { projectFolder } from '../k6/k6.ts';
import { runScript, runScriptOnFleet, type ScriptRun } from '../k6/run-script.ts';
import { stopSignals } from '../supervision/stop-signals.ts';
import { WrongUse } from './command-line.ts';
import { type LoadOptions, readLoadOptions } from './load-options.ts';
import { runMainProgram } from './main-program.ts';
import { typedPath } from './typed-path.ts';

await runMainProgram(async () => {
  const options = readLoadOptions(process.argv.slice(2));
  if (typeof options === 'string') {
    console.log(options);
    return 0;
  }
  return load(options);
});

async function load(options: LoadOptions): Promise<number> {
  const { script, strategy, duration, users, url, json, html, insecure } = options;
  const say = console.error;
  const signal = stopSignals(say);
  const usersFile = usersFileOf(options);
  const k6 = await findK6({ build: true, say, signal });
  say(`${script.name} with ${k6.description}`);
  const place = url === undefined ? '' : `at-${new URL(url).host.replaceAll(/[^\w.-]/g, '-')}-`;
  const base = join(projectFolder, '.cache', 'load', `${script.name}-${place}${strategy}`);
  const jsonFile = json === undefined ? `${base}.json` : typedPath(json);
  const htmlFile = html === '' ? `${base}.html` : html && typedPath(html);
  const run = { script, strategy, duration, users, usersFile, jsonFile, htmlFile, k6, signal, say };
  if (url === undefined) return loadOnNewFleet(options, run);
  return runScript(run, { BASE_URL: url, ...(insecure && { K6_INSECURE_SKIP_TLS_VERIFY: 'true' }) });
}

/** @throws {WrongUse} when it is not there */
function usersFileOf({ usersFile, url }: LoadOptions): string | undefined {
  const typed = usersFile ?? (url === undefined ? undefined : process.env.USERS_FILE);
  if (!typed) return undefined;
  const path = typedPath(typed);
  if (!existsSync(path)) throw new WrongUse(`--users-file takes the name of a file; there is no ${path}.`);
  return path;
}

async function loadOnNewFleet({ script, strategy, instances, fleet, context }: LoadOptions, run: ScriptRun) {
  if (strategy === 'unknown') throw new Error('A fleet is started with a strategy.');
  const initialInstances = script.initialInstances ?? instances;
  const dependencyExited = new AbortController();
  run.say(
    `Starting ${initialInstances === 1 ? 'one instance' : `${initialInstances} instances`}, nginx, Redis and Postgres …`,
  );
  await using started = await startFleet(fleet, {
    strategy,
    instances: initialInstances,
    ...(context !== undefined && { context }),
    ...(script.appSettings && { appSettings: script.appSettings }),
    signal: run.signal,
    onDependencyExited: (error) => dependencyExited.abort(error),
  });
  const signal = AbortSignal.any([run.signal, dependencyExited.signal]);
  return await runScriptOnFleet(started, instances, { ...run, signal });
}
