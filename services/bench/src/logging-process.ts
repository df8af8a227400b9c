// Programs that are measured with their log as in production: each request writes its line. It goes to /dev/null, because
// a reader would take processor time on the same cores.

import { eventually } from '../../lab/src/fleet/eventually.ts';
import { probe } from '../../lab/src/fleet/probe.ts';
import type { Child } from '../../lab/src/supervision/child.ts';
import { freePort } from '../../lab/src/supervision/free-port.ts';
import type { Workspace } from '../../lab/src/supervision/workspace.ts';

export interface LoggingProgram {
  readonly name: string;
  /** A file for Node, and its arguments. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What it answers as soon as it serves. */
  readonly ready: { readonly path: string; readonly status: number };
}

export interface LoggingProcess {
  readonly child: Child;
  /** `http://127.0.0.1:1234` */
  readonly origin: string;
}

const readyMs = 30_000;

/** Starts it with the environment variable PORT and waits until it serves. */
export async function startLogging(workspace: Workspace, program: LoggingProgram): Promise<LoggingProcess> {
  const { name, args, env, ready } = program;
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const child = await workspace.start({
    name,
    command: '/bin/sh',
    // `exec`: the process that is measured is the one that was started. For --profile the inspector takes any free port.
    args: ['-c', 'exec "$0" "$@" >/dev/null', process.execPath, '--inspect-port=127.0.0.1:0', ...args],
    env: { ...env, PORT: String(port) },
  });
  const serves = async () => (await probe(`${origin}${ready.path}`)).status === ready.status;
  await eventually(`${name} serves`, async () => !child.running || serves(), {
    deadlineMs: readyMs,
    details: () => child.log.excerpt(),
  });
  if (!child.running) throw new Error(`${name} ended before it served:\n${child.log.excerpt()}`);
  return { child, origin };
}
