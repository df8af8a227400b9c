// The one reader of the system's processes.

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface RunningProcess {
  readonly pid: number;
  /** Its command line. */
  readonly command: string;
}

/** The processes that were told of a folder in their environment (TMPDIR) or their arguments, or that live in it. */
export function processesOf(folder: string): readonly RunningProcess[] {
  return allProcesses().filter(({ traces }) => traces.includes(folder));
}

function allProcesses(): readonly (RunningProcess & { readonly traces: string })[] {
  if (!existsSync('/proc/self/environ')) {
    const table = execFileSync('ps', ['-A', '-E', '-o', 'pid=,command='], { encoding: 'utf8' });
    return table.split('\n').map((row) => ({ pid: Number.parseInt(row, 10), command: row, traces: row }));
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const [command = '', environment = ''] = ['cmdline', 'environ'].map((file) =>
          readFileSync(`/proc/${name}/${file}`, 'utf8').replaceAll('\0', ' '),
        );
        // A zombie has no command line: it has ended, and its parent has not yet asked for its exit code.
        if (command === '') return [];
        // nginx and Redis write their titles over their environment.
        const folder = readlinkSync(`/proc/${name}/cwd`);
        return [{ pid: Number(name), command, traces: `${environment} ${command} ${folder}` }];
      } catch {
        return []; // It ended in between, or is somebody else's.
      }
    });
}
