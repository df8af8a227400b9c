// k6 as a child of the laboratory.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { NotPossibleHere } from '../fleet/fleet.ts';
import { Reaper } from '../supervision/reaper.ts';
import type { Command } from './k6.ts';

/** How long k6 may take to sum up after it was told to stop, in ms. */
const summingUpMs = 15_000;

/**
 * Runs k6, its output on this terminal, and resolves with its exit code. When the signal is aborted, k6 gets one SIGINT:
 * it then runs its teardown and shows what it has, while the deployment is still there.
 *
 * @throws the signal's reason after that.
 */
export async function runK6({ program, args, env }: Command, signal: AbortSignal): Promise<number> {
  signal.throwIfAborted();
  await using reaper = await hireJanitor();
  // A session of its own: a second SIGINT makes k6 drop everything, so the terminal's Ctrl-C must not reach it as well.
  const child = spawn(program, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
    env: { ...process.env, ...env },
  });
  if (child.pid === undefined) {
    const [cause] = await once(child, 'error');
    throw new NotPossibleHere(`${program} could not be started.`, { cause });
  }
  reaper.watch(child.pid);
  const ended = once(child, 'exit');
  const over = new AbortController();
  const stop = async () => {
    child.kill('SIGINT');
    await pause(summingUpMs, undefined, { signal: over.signal }).then(
      () => child.kill('SIGKILL'),
      () => {}, // it has ended
    );
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    const [code] = await ended;
    signal.throwIfAborted();
    return code ?? 1;
  } finally {
    over.abort();
    signal.removeEventListener('abort', stop);
  }
}

/** k6 must not outlive a laboratory that is killed. */
async function hireJanitor() {
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
