// k6 as a child process of the laboratory.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { NotPossibleHere } from '../supervision/errors.ts';
import { Reaper } from '../supervision/reaper.ts';
import type { CommandLine } from './k6.ts';

/** How long k6 may take for its teardown and summary after it was told to stop, in ms. */
const stopDeadlineMs = 15_000;

export interface RunK6Options {
  readonly signal: AbortSignal;
  /** Where its output goes: a file descriptor. Default: this terminal. */
  readonly outputFd?: number | undefined;
}

/**
 * Runs k6 and resolves with its exit code. When the signal is aborted, k6 gets one SIGINT:
 * it then runs its teardown and shows what it has, while the deployment is still there.
 *
 * @throws the signal's reason after that.
 */
export async function runK6(
  { program, args, env }: CommandLine,
  { signal, outputFd }: RunK6Options,
): Promise<number> {
  signal.throwIfAborted();
  await using reaper = await reaperForOne();
  // A session of its own: a second SIGINT makes k6 end without a summary, so the terminal's Ctrl-C must not reach it.
  const child = spawn(program, args, {
    stdio: ['ignore', outputFd ?? 'inherit', outputFd ?? 'inherit'],
    detached: true,
    env: { ...process.env, ...env },
  });
  if (child.pid === undefined) {
    const [cause] = await once(child, 'error');
    throw new NotPossibleHere(`${program} could not be started.`, { cause });
  }
  reaper.watch(child.pid);
  const exited = once(child, 'exit');
  const afterExit = new AbortController();
  const stop = async () => {
    child.kill('SIGINT');
    await pause(stopDeadlineMs, undefined, { signal: afterExit.signal }).then(
      () => child.kill('SIGKILL'),
      () => {}, // it has ended in time
    );
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    const [code] = await exited;
    signal.throwIfAborted();
    return code ?? 1;
  } finally {
    afterExit.abort();
    signal.removeEventListener('abort', stop);
  }
}

/** Ends k6 when the laboratory is killed. */
async function reaperForOne() {
  const reaper = await Reaper.start();
  let watched: number | undefined;
  return {
    watch(pid: number) {
      watched = pid;
      reaper.processStarted(pid);
    },
    async [Symbol.asyncDispose]() {
      if (watched !== undefined) reaper.processEnded(watched);
      await reaper.disarm();
    },
  };
}
