// What the programs of the laboratory have in common: how they end.

import { NotPossibleHere } from '../supervision/errors.ts';
import { Stopped } from '../supervision/stop-signals.ts';
import { exitWrongUse, WrongUse } from './command-line.ts';

/** Runs a program and ends the process with its exit code; what it throws becomes a sentence and a code. */
export async function runMainProgram(program: () => Promise<number>): Promise<never> {
  process.exit(await program().catch(exitCodeFor));
}

function exitCodeFor(error: unknown): number {
  if (error instanceof Stopped) return error.exitCode;
  if (error instanceof WrongUse || error instanceof NotPossibleHere) {
    console.error(error.message);
    return exitWrongUse;
  }
  console.error(error);
  return 1;
}
