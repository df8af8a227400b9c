// Postgres gives each of its children a session of its own, so a signal to the process group of the postmaster does
// not reach them. To stop, pause or kill all of Postgres, the tree of its processes is needed.

import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { hasProcStat, readProcStat } from './proc-stat.ts';

/** A process and everything below it, parents before their children. Only itself when it has already ended. */
export function processTree(pid: number): readonly number[] {
  const children = Map.groupBy(allProcesses(), (process) => process.parent);
  const tree = [pid];
  for (const parent of tree) tree.push(...(children.get(parent) ?? []).map((child) => child.pid));
  return tree;
}

/** Sends a signal to each process of the tree and to the process group of its root; those that have already ended do not matter. */
export function signalTree(pid: number, signal: NodeJS.Signals): void {
  // The root first: once stopped or killed, it cannot start another child while the others get their signal.
  const tree = processTree(pid);
  send(-pid, signal);
  for (const member of tree) send(member, signal);
}

/** Sends a signal to one process, if it is still there. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  send(pid, signal);
}

/** Sends a signal to whatever is left of the process group that a process once led. */
export function signalGroup(leader: number, signal: NodeJS.Signals): void {
  send(-leader, signal);
}

/** Whether a process runs. A zombie does not: it has ended, and its parent has not read its exit code yet. */
export function isAlive(pid: number): boolean {
  if (!send(pid, 0)) return false;
  return !hasProcStat() || readProcStat(pid)?.state !== 'Z';
}

function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    // ESRCH: it has ended. EPERM: the number belongs to another user's process by now, so ours has ended as well.
    if (['ESRCH', 'EPERM'].includes(errorCode(error) ?? '')) return false;
    throw error;
  }
}

/** Such as `ESRCH`. Not by `instanceof Error`: in the VM of a test runner, Node's own errors are of another class Error. */
function errorCode(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined;
}

function allProcesses(): readonly { pid: number; parent: number }[] {
  if (!hasProcStat()) {
    const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
    return [...table.matchAll(/^\s*(\d+)\s+(\d+)\s*$/gm)].map((row) => ({
      pid: Number(row[1]),
      parent: Number(row[2]),
    }));
  }
  // Slim container images have no `ps`, so Linux is asked directly. A process may end between listing and reading.
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcStat(Number(name)) ?? []);
}
