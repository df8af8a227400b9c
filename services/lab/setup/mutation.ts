// `npm run mutation`: how much of the session store's merge, write and breaker the tests hold. Stryker makes small mistakes
// in the sources (mutants), one at a time, and runs the tests; a mutant that no test notices is printed. Names of source
// files choose some: `npm run mutation -- merge breaker`.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { WrongUse } from '../src/commands/command-line.ts';
import { runMainProgram } from '../src/commands/main-program.ts';
import { findPrograms } from '../src/fleet/processes/programs.ts';
import { signalGroup } from '../src/supervision/process-tree.ts';
import { stopSignals } from '../src/supervision/stop-signals.ts';
import { groups } from './mutation/groups.ts';
import { mutationFolder, type StrykerRun, strykerOptions } from './mutation/options.ts';
import { findStryker } from './mutation/stryker.ts';

const names = process.argv.slice(2);
const temporaryFolder = `${mutationFolder}/tmp`;

await runMainProgram(async () => {
  const runs = chosenRuns();
  const signal = stopSignals(console.error);
  await findPrograms(console.error);
  const stryker = await findStryker(console.error, signal);
  try {
    await mkdir(temporaryFolder, { recursive: true });
    let isComplete = true;
    for (const chosen of runs) isComplete = (await run(stryker, chosen, signal)) && isComplete;
    return isComplete ? 0 : 1;
  } finally {
    await rm(mutationFolder, { recursive: true, force: true, maxRetries: 5 });
  }
});

/** @throws {WrongUse} for a name that no group has */
function chosenRuns(): StrykerRun[] {
  const known = groups.flatMap(({ sources }) => sources);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new WrongUse(`No mutants are made in ${unknown}, but in: ${known.join(', ')}`);
  return groups
    .map(({ sources, tests }) => ({ tests, sources: sources.filter((name) => isChosen(name)) }))
    .filter(({ sources }) => sources.length > 0);
}

function isChosen(source: string): boolean {
  return names.length === 0 || names.includes(source);
}

/** @returns whether it ended well; a mutant that survives is no failure */
async function run(stryker: string, chosen: StrykerRun, signal: AbortSignal): Promise<boolean> {
  const file = `${mutationFolder}/stryker.json`;
  await writeFile(file, JSON.stringify(strykerOptions(stryker, chosen)));
  signal.throwIfAborted();
  const command = [`${stryker}/core/bin/stryker.js`, 'run', file];
  // A process group of its own: Stryker ends without its runners, and those have servers of the tests.
  // A runner that is killed because a mutant hangs leaves its servers' folders: they go with the folder of this run.
  const env = { ...process.env, TMPDIR: temporaryFolder };
  const child = spawn(process.execPath, command, { stdio: 'inherit', detached: true, env });
  const { pid } = child;
  const stop = () => pid && signalGroup(pid, 'SIGKILL');
  signal.addEventListener('abort', stop);
  const [code] = await once(child, 'exit');
  signal.removeEventListener('abort', stop);
  stop();
  signal.throwIfAborted();
  return code === 0;
}
