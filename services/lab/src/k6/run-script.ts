// One script, run by k6: against any deployment, or against a fleet that is changed when the script asks for it.

import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Fleet, Strategy } from '../fleet/fleet.ts';
import { titleReport } from '../report/k6-report.ts';
import { startActiveUsersAutoscaler } from './active-users-autoscaler.ts';
import { ControlServer } from './control-server.ts';
import type { K6 } from './k6.ts';
import { runK6 } from './run-k6.ts';
import type { Script } from './scripts.ts';

export interface ScriptRun {
  readonly script: Script;
  /** What the deployment does with sessions. */
  readonly strategy: Strategy | 'unknown';
  /** Such as `45s`. Default: the script's own. */
  readonly duration?: string | undefined;
  /** Default: the script's own. */
  readonly users?: number | undefined;
  /** A file of users that exist already, an absolute path. */
  readonly usersFile?: string | undefined;
  /** Where the figures and k6's HTML report go, absolute paths. */
  readonly jsonFile: string;
  readonly htmlFile?: string | undefined;
  readonly k6: K6;
  /** Ends the run early. */
  readonly signal: AbortSignal;
  readonly say: (sentence: string) => void;
  /** Where k6's output goes: a file descriptor. Default: this terminal. */
  readonly outputFd?: number;
}

/**
 * Runs a script against a fleet that already has as many instances as the script begins with, and changes it meanwhile.
 *
 * @param instances how many instances the script may scale to
 * @returns k6's exit code
 */
export async function runScriptOnFleet(fleet: Fleet, instances: number, run: ScriptRun): Promise<number> {
  const { script, say } = run;
  await using autoscaler = script.autoscaled ? startActiveUsersAutoscaler(fleet, instances) : undefined;
  await using control = await ControlServer.listen({
    ...(autoscaler && { 'active-users': autoscaler.report }),
    async change() {
      say('The change begins.');
      const start = performance.now();
      await script.change?.(fleet, instances);
      say(`The change is made, in ${((performance.now() - start) / 1000).toFixed(1)} s.`);
    },
  });
  return await runScript(run, {
    BASE_URL: fleet.baseUrl,
    ...(hashesAreCheap(script) && unlessSet('LOGINS_PER_SECOND', loginsOnCheapHashes)),
    ...(script.change && { CHANGE_URL: `${control.url}/change` }),
    ...(autoscaler && { ACTIVE_USERS_URL: `${control.url}/active-users` }),
  });
}

/** A second. Ten times what the scripts ask of a deployment whose hashes are as slow as they should be. */
const loginsOnCheapHashes = 20;

/** As the laboratory has them, unless the script is about hashing. */
function hashesAreCheap({ appSettings }: Script): boolean {
  return appSettings?.BCRYPT_ROUNDS === undefined;
}

function unlessSet(name: string, value: number): Record<string, string> {
  return process.env[name] ? {} : { [name]: String(value) };
}

/**
 * Runs a script against the deployment at BASE_URL.
 *
 * @param settings what the script reads from its environment, beside what `run` says
 * @returns k6's exit code
 */
export async function runScript(
  { script, strategy, duration, users, usersFile, jsonFile, htmlFile, k6, signal, say, outputFd }: ScriptRun,
  settings: Readonly<Record<string, string>>,
): Promise<number> {
  const files = [jsonFile, ...(htmlFile ? [htmlFile] : [])];
  for (const file of files) {
    await mkdir(dirname(file), { recursive: true });
    await rm(file, { force: true }); // what is there afterwards is of this run
  }
  const commandLine = k6.commandLine({
    script: script.name,
    settings: {
      ...settings,
      STRATEGY: strategy,
      ...(duration && { DURATION: duration }),
      ...(users && { USERS: String(users) }),
    },
    jsonFile,
    ...(htmlFile && { htmlFile }),
    ...(usersFile && { usersFile }),
  });
  const startedAt = new Date();
  try {
    return await runK6(commandLine, { signal, outputFd });
  } finally {
    if (htmlFile && existsSync(htmlFile))
      await titleReport(htmlFile, jsonFile, startedAt).catch((error: unknown) =>
        say(`The report keeps k6's own title: ${error}`),
      );
    else if (htmlFile) say('No report: k6 makes none of a run of less than three seconds.');
    for (const file of files) if (existsSync(file)) say(`Written: ${file}`);
  }
}
