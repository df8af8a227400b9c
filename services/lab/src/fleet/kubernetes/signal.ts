// Sends signals to the processes of a pod, from within: nobody needs a right on its node for that. See `sharedProcesses` in
// overlay.ts.

import type { Namespace } from './namespace.ts';
import type { Part } from './pods.ts';

/** The file that a part's processes execute. */
const programs: Readonly<Record<Exclude<Part, 'nginx'>, string>> = {
  app: 'node',
  redis: 'redis-server',
  postgres: 'postgres',
};

/** Of all processes that execute the program. A shell of the image itself: it has neither pkill nor ps. */
const script = `
for folder in /proc/[0-9]*; do
  case $(readlink "$folder/exe" 2>/dev/null) in
    */"$1") kill "-$2" "\${folder#/proc/}" ;;
  esac
done
`;

/** @throws {FleetError} when the pod is not there */
export async function signalPod(
  { kubectl }: Namespace,
  pod: string,
  part: keyof typeof programs,
  signal: 'KILL' | 'STOP' | 'CONT' | 'USR1',
): Promise<void> {
  const command = ['exec', pod, '--container', part, '--', 'sh', '-c', script, 'sh', programs[part], signal];
  await kubectl.run(command).catch((error: unknown) => {
    // With its first process a container ends, and the shell that has killed it as well.
    if (signal === 'KILL' && exitCodeOf(error) === 128 + 9) return;
    throw error;
  });
}

function exitCodeOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error && 'code' in error.cause
    ? error.cause.code
    : undefined;
}
