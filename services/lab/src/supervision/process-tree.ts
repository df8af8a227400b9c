// Postgres gives each of its children a session of its own, so a signal to the process group of the postmaster does
// not reach them. Whoever has to stop, pause or kill "Postgres" needs the tree.

import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { errorCode } from './error-code.ts';
import { hasProcStat, readProcStat } from './proc-stat.ts';

/** A process and everything below it, parents before their children. Only itself when it has already ended. */
export function processTree(pid: number): readonly number[] {
  const children = Map.groupBy(allProcesses(), (process) => process.parent);
  const tree = [pid];
  for (const parent of tree) tree.push(...(children.get(parent) ?? []).map((child) => child.pid));
  return tree;
}

/** Sends a signal to each process of the tree and to the process group of its root; those already gone do not matter. */
export function signalTree(pid: number, signal: NodeJS.Signals): void {
  // The root first: stopped or dead, it cannot start another child while the others are being told.
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

/** Whether a process exists and has not ended: a zombie, which waits only for its parent to look, has. */
export function isAlive(pid: number): boolean {
  if (!send(pid, 0)) return false;
  return !hasProcStat() || readProcStat(pid)?.state !== 'Z';
}

function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    // ESRCH: it is gone. EPERM: the number belongs to somebody else's process by now, so ours is gone as well.
    if (['ESRCH', 'EPERM'].includes(errorCode(error) ?? '')) return false;
    throw error;
  }
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
