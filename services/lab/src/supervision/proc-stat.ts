import { existsSync, readFileSync } from 'node:fs';

export interface ProcStat {
  readonly pid: number;
  readonly parent: number;
  /** One letter; `Z` is a zombie: it has ended, and its parent has not read its exit code yet. */
  readonly state: string;
  /** Processor time that all its threads have used since it started, in milliseconds, in steps of 10. */
  readonly cpuMs: number;
}

/** There is none on macOS. */
export function hasProcStat(): boolean {
  return existsSync('/proc/self/stat');
}

/** Clock ticks per second in /proc: 100 on every Linux, whatever its kernel's own rate (sysconf(3), proc(5)). */
const ticksPerSecond = 100;

/** What Linux says of a process in /proc. Undefined when the process has ended, and where there is no /proc. */
export function readProcStat(pid: number): ProcStat | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  return parseProcStat(stat);
}

/** @param stat what a process' /proc/PID/stat says */
export function parseProcStat(stat: string): ProcStat {
  // "pid (name) state ppid …", and a name may itself contain spaces and brackets: proc_pid_stat(5). Numbered as there,
  // the state is field 3; utime is field 14 and stime field 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const field = (number: number) => fields[number - 3] ?? '';
  return {
    pid: Number.parseInt(stat, 10),
    parent: Number(field(4)),
    state: field(3),
    cpuMs: ((Number(field(14)) + Number(field(15))) * 1000) / ticksPerSecond,
  };
}
