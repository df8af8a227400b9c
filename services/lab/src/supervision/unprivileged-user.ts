import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { LaboratoryError } from './errors.ts';

/** A user of the operating system that a process can run as. */
export interface SystemUser {
  readonly name: string;
  readonly group: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * The user that Redis, Postgres and nginx's workers run as when the laboratory itself runs as root: `nobody`. Postgres refuses
 * to run as root, and the others need not. Undefined when the laboratory is not root: then they run as its own user.
 */
export async function unprivilegedUser(): Promise<SystemUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  // From `id`, since the group of `nobody` is `nogroup` on Debian and `nobody` on most others.
  const { stdout } = await promisify(execFile)('id', ['nobody'], { timeout: 10_000 });
  const [, uid, name, gid, group] = /^uid=(\d+)\((\S+?)\) gid=(\d+)\((\S+?)\)/.exec(stdout) ?? [];
  if (!uid || !name || !gid || !group)
    throw new LaboratoryError(`"id nobody" answered what was not expected: ${stdout}`);
  return { name, group, uid: Number(uid), gid: Number(gid) };
}
