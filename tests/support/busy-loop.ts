import { type ChildProcess, spawn } from 'node:child_process';

/** A process that keeps one core busy. It ends by itself after so long, should nobody end it. */
export function startBusyLoop(lifeMs: number): ChildProcess {
  const program = `const end = Date.now() + ${lifeMs}; while (Date.now() < end);`;
  return spawn(process.execPath, ['--eval', program], { stdio: 'ignore' });
}
