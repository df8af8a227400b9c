import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { NotPossibleHere } from '../fleet.ts';

export interface Programs {
  readonly nginx: string;
  readonly redisServer: string;
  readonly versions: { readonly nginx: string; readonly redis: string };
}

// Where servers are installed that are not meant to be typed, and so are missing from many a PATH.
const alsoIn = ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin', '/usr/local/bin'];

/** Finds nginx and redis-server. */
export async function findPrograms(): Promise<Programs> {
  const [nginx, redisServer] = await Promise.all([find('nginx'), find('redis-server')]);
  if (!nginx || !redisServer) throw new NotPossibleHere('nginx or redis-server is missing');
  const [nginxVersion, redisVersion] = await Promise.all([
    versionOf(nginx, '-v'),
    versionOf(redisServer, '--version'),
  ]);
  return { nginx, redisServer, versions: { nginx: nginxVersion, redis: redisVersion } };
}

/** The first number with dots that a program says about itself. */
export async function versionOf(program: string, option: string): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(program, [option]);
  return /\d+(\.\d+)+/.exec(stdout + stderr)?.[0] ?? 'unknown';
}

async function find(name: string): Promise<string | undefined> {
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), ...alsoIn]) {
    const path = join(folder, name);
    try {
      await access(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}
