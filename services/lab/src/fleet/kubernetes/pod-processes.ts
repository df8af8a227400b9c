// The processes of a pod, from within: nobody needs a right on its node for that. See `sharedProcesses` in overlay.ts.

import { parseProcStat } from '../../supervision/proc-stat.ts';
import { FleetError } from '../fleet.ts';
import type { Namespace } from './namespace.ts';
import type { Part } from './pods.ts';

/** The program of a part. */
const programs: Readonly<Record<Exclude<Part, 'nginx'>, string>> = {
  app: 'node',
  redis: 'redis-server',
  postgres: 'postgres',
};

/**
 * Does something with all processes of the program, by the file that they execute (Node gives its main thread another name) or
 * by the name that they were started by (Debian's redis-server is a link). A shell of the image itself: it has neither pkill
 * nor ps.
 */
const script = (command: string) => `
found=
for folder in /proc/[0-9]*; do
  file=$(readlink "$folder/exe" 2>/dev/null)
  if [ "\${file##*/}" = "$1" ] || [ "$(cat "$folder/comm" 2>/dev/null)" = "$1" ]; then
    found=true
    ${command}
  fi
done
[ "$found" ] || { echo "there is no process of $1" >&2; exit 1; }
`;

/** @throws {FleetError} when the pod is not there */
export async function signalPod(
  namespace: Namespace,
  pod: string,
  part: keyof typeof programs,
  signal: 'KILL' | 'STOP' | 'CONT' | 'USR1',
): Promise<void> {
  await run(namespace, pod, part, `kill -${signal} "\${folder#/proc/}"`).catch((error: unknown) => {
    // With its first process a container ends, and the shell that has killed it as well.
    if (signal === 'KILL' && exitCodeOf(error) === 128 + 9) return;
    throw error;
  });
}

/** What they have used of the processor since they started, in milliseconds. @throws {FleetError} when the pod is not there */
export async function processorMsOf(
  namespace: Namespace,
  pod: string,
  part: keyof typeof programs,
): Promise<number> {
  const stats = await run(namespace, pod, part, 'cat "$folder/stat"');
  const used = stats.split('\n').filter((stat) => stat !== '');
  return used.reduce((sum, stat) => sum + parseProcStat(stat).cpuMs, 0);
}

function run(
  { kubectl }: Namespace,
  pod: string,
  part: keyof typeof programs,
  command: string,
): Promise<string> {
  const shell = ['sh', '-c', script(command), 'sh', programs[part]];
  return kubectl.run(['exec', pod, '--container', part, '--', ...shell]);
}

function exitCodeOf(error: unknown): unknown {
  return error instanceof FleetError ? Reflect.get(Object(error.cause), 'code') : undefined;
}
