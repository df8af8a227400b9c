// A server that a test starts and that never outlives it, whatever becomes of the test.

import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A running program. Disposing it ends it at once. */
export interface Child {
  readonly process: ChildProcess;
  readonly pid: number;
  /** All that it wrote to stdout and stderr. */
  output(): string;
  [Symbol.asyncDispose](): Promise<void>;
  /** Resolves with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

/**
 * @param options.folder removed when the test's process ends, however it ends
 * @param options.endBy the signal that ends it. Default: SIGKILL
 */
export async function startChild(
  program: string,
  args: readonly string[],
  options: SpawnOptions & { folder?: string; endBy?: NodeJS.Signals } = {},
): Promise<Child> {
  const { folder, endBy = 'SIGKILL', ...spawnOptions } = options;
  const child = spawn(program, args, { ...spawnOptions, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = once(child, 'close').then(([code, signal]): number | string => code ?? signal);
  await once(child, 'spawn');
  if (child.pid === undefined) throw new Error(`${program} has no process id`);
  const { pid } = child;
  const watchdog = watch(pid, folder ?? '');
  return {
    process: child,
    pid,
    output: () => output,
    ended,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) process.kill(pid, endBy);
      await ended;
      watchdog.kill('SIGKILL');
    },
  };
}

/** A shell that reads from this process. Its input ends when this process does, even by SIGKILL, and then it clears up. */
function watch(pid: number, folder: string): ChildProcess {
  const script =
    'cat >/dev/null; kill -KILL "$1" 2>/dev/null; if [ -n "$2" ]; then sleep 0.2; rm -rf "$2"; fi';
  return spawn('sh', ['-c', script, 'sh', String(pid), folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
}
