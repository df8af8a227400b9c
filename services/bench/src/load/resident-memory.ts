// How much memory a process has, as the system counts it for a container's limit.

import { readFileSync } from 'node:fs';

/**
 * Its resident memory, in MiB: what `ps` calls RSS. The program's own code is in it, which instances on one machine share.
 * @returns undefined where the process has ended, and where the system does not tell (it is Linux' /proc/PID/status)
 */
export function residentMiB(pid: number): number | undefined {
  try {
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kib === undefined ? undefined : Number(kib) / 1024;
  } catch {
    return undefined;
  }
}
