import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { FleetError } from '../fleet/fleet.ts';

/** A user of the operating system that a process can run as. */
export interface SystemUser {
  readonly name: string;
  readonly group: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Whom Redis, Postgres and nginx's workers run as when the laboratory itself runs as root: `nobody`. Postgres refuses
 * to run as root, and the others have no need to. Undefined when the laboratory is not root: then they run as whoever runs it.
 */
export async function unprivilegedUser(): Promise<SystemUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  // Asked of the system, since the group of `nobody` is `nogroup` on Debian and `nobody` on most others.
  const { stdout } = await promisify(execFile)('id', ['nobody'], { timeout: 10_000 });
  const [, uid, name, gid, group] = /^uid=(\d+)\((\S+?)\) gid=(\d+)\((\S+?)\)/.exec(stdout) ?? [];
  if (!uid || !name || !gid || !group)
    throw new FleetError(`"id nobody" answered what was not expected: ${stdout}`);
  return { name, group, uid: Number(uid), gid: Number(gid) };
}
