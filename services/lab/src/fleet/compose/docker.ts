import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { FleetError } from '../fleet.ts';

const run = promisify(execFile);

/** For commands that the engine carries out at once. */
const deadlineMs = 30_000;

/**
 * Runs `docker` with these arguments and returns what it wrote to its standard output.
 *
 * The command line and not the engine's API, because only it knows where the engine is: contexts, DOCKER_HOST, SSH.
 *
 * @param input written to its standard input
 * @throws {FleetError} with what it wrote to its standard error
 */
export async function docker(args: readonly string[], input = ''): Promise<string> {
  const running = run('docker', args, {
    env: dockerEnvironment(),
    timeout: deadlineMs,
    maxBuffer: 64 * 1024 * 1024,
  });
  running.child.stdin?.on('error', () => {}).end(input);
  try {
    return (await running).stdout;
  } catch (cause) {
    const reason = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : '';
    throw new FleetError(`docker ${args.slice(0, 4).join(' ')} … failed: ${reason || String(cause)}`, {
      cause,
    });
  }
}

/** The lines that a `docker` command wrote, without empty ones. */
export async function dockerLines(...args: readonly string[]): Promise<string[]> {
  return (await docker(args)).split('\n').filter((line) => line !== '');
}

/**
 * What docker needs of the environment. Compose's own variables and those of docker-compose.yml are left out,
 * so that a fleet is the same whatever somebody has exported.
 */
export function dockerEnvironment(): Record<string, string> {
  const needed =
    /^(PATH|HOME|TMPDIR|LANG|USER|XDG_RUNTIME_DIR|SSH_AUTH_SOCK|DOCKER_.*|BUILDX_.*|(https?|no)_proxy)$/i;
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value !== undefined && needed.test(name) ? [[name, value]] : [],
    ),
  );
}
