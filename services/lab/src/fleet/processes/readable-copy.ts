// Where the clone is below a folder that only its owner can enter, such as /root, another user cannot run the programs
// in it. A copy in the folder for temporary files can be run by everybody.

import { execFile } from 'node:child_process';
import { cp, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { FleetError } from '../fleet.ts';

/** Whether everybody can pass through all folders down to this one. */
export async function isReachable(folder: string): Promise<boolean> {
  for (let path = folder; ; path = dirname(path)) {
    const { mode } = await stat(path);
    if ((mode & 0o001) === 0) return false;
    if (path === dirname(path)) return true;
  }
}

/**
 * Copies a folder to where everybody can read it. The copy is kept for the next time.
 *
 * @param name Different for different content: it carries a version.
 * @throws {FleetError} When another user owns or can write a folder of that name, since what is in it would be run.
 */
export async function readableCopy(folder: string, name: string): Promise<string> {
  const copy = join(tmpdir(), `sessions-laboratory-${userInfo().uid}-${name}`);
  const owner = await stat(copy).catch(() => undefined);
  if (!owner) await makeCopy(folder, copy);
  const { uid, mode } = await stat(copy);
  if (uid !== process.getuid?.() || (mode & 0o022) !== 0) {
    throw new FleetError(`${copy} can be written by somebody else, and is not used: remove it`);
  }
  return copy;
}

async function makeCopy(folder: string, copy: string): Promise<void> {
  // Beside it and then renamed, so that another laboratory never sees an incomplete copy.
  const draft = await mkdtemp(`${copy}-`);
  await cp(folder, draft, { recursive: true, verbatimSymlinks: true });
  // What was installed under a strict umask is readable for its owner only.
  await promisify(execFile)('chmod', ['-R', 'go+rX,go-w', draft], { timeout: 60_000 });
  try {
    await rename(draft, copy);
  } catch {
    // Another laboratory was faster, and its copy is as good. Who owns it is checked next.
    await rm(draft, { recursive: true, force: true });
  }
}
