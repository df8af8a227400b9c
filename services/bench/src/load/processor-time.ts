// How much processor time a process has used, to the microsecond. What /proc/PID/stat says is in steps of 10 ms: as much
// as a busy process uses in a twentieth of a second of measuring.

import { readdirSync, readFileSync } from 'node:fs';

/**
 * Of all its present threads together, since they began, in microseconds. A thread that has ended does not count any more.
 * @returns undefined where the process has ended, and where the system does not tell (it is Linux' /proc/PID/task/TID/schedstat)
 */
export function processorTimeUs(pid: number): number | undefined {
  const tasks = `/proc/${pid}/task`;
  try {
    const threads = readdirSync(tasks).map((thread) => readFileSync(`${tasks}/${thread}/schedstat`, 'utf8'));
    // The first of three numbers: the time on the processor, in nanoseconds (the kernel's Documentation/scheduler/sched-stats).
    return threads.reduce((sum, line) => sum + Number(line.split(' ', 1)[0]), 0) / 1000;
  } catch {
    return undefined;
  }
}
