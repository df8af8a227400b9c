import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Where Postgres keeps its data in a fleet's folder. */
export const postgresData = join('postgres', 'data');

/** Removes a fleet's folder, and what a killed Postgres has left outside of it. All of its processes have ended before. */
export async function removeFolder(folder: string): Promise<void> {
  await releaseSharedMemory(join(folder, postgresData, 'postmaster.pid'));
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

/**
 * Postgres marks its data folder as in use by 56 bytes of System V shared memory, which outlive every process. It
 * releases them when it ends and when it starts again, but not when it is killed and never started again. The seventh
 * line of postmaster.pid says which they are: "key id".
 */
async function releaseSharedMemory(pidFile: string): Promise<void> {
  const lines = await readFile(pidFile, 'utf8').catch(() => ''); // Postgres ended well, or never ran.
  const [, id] = /^\s*\d+\s+(\d+)\s*$/.exec(lines.split('\n')[6] ?? '') ?? [];
  // Without ipcrm, or when it is released already, there is nothing more to do.
  if (id) await promisify(execFile)('ipcrm', ['-m', id], { timeout: 10_000 }).catch(() => {});
}
