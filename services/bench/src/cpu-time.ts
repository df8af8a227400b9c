// How much processor time a process has used, of all its threads. It hardly depends on what else the machine does.

import { readFile } from 'node:fs/promises';

/** Clock ticks per second in /proc: 100 on every Linux, whatever its kernel's own rate (sysconf(3), proc(5)). */
const ticksPerSecond = 100;

/** In milliseconds since it started, in steps of 10. Undefined where there is no /proc, as on macOS. */
export async function cpuMsOf(pid: number): Promise<number | undefined> {
  if (process.platform !== 'linux') return undefined;
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // Behind the name, which is in brackets and may hold blanks: the 14th and 15th field of all, utime and stime.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond;
}
