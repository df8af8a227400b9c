import { execFile } from 'node:child_process';
import { delimiter } from 'node:path';
import { promisify } from 'node:util';
import which from 'which';
import { NotPossibleHere } from '../../supervision/errors.ts';
import { isAtLeast } from '../version.ts';
import { installByApt } from './apt.ts';

export interface Programs {
  readonly nginx: string;
  readonly redisServer: string;
  readonly versions: { readonly nginx: string; readonly redis: string };
}

// Where servers are installed that are not meant to be typed, and so are missing from many a PATH.
const alsoIn = ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin', '/usr/local/bin'];

/** nginx of Ubuntu 22.04; the first Redis with GETEX. Older ones were never tried. */
const oldest = { nginx: '1.18', redis: '6.2' };

/**
 * Finds nginx and redis-server. Where they are missing on Debian or Ubuntu, and this is root, they are installed.
 *
 * @param announce Called with each command that changes the machine, before it is run.
 * @throws {NotPossibleHere} When one is missing or too old, with the command to type.
 */
export async function findPrograms(announce: (text: string) => void): Promise<Programs> {
  const packages = { nginx: 'nginx', 'redis-server': 'redis-server' };
  const missing = [];
  for (const name of Object.keys(packages)) if (!(await find(name))) missing.push(name);
  if (missing.length > 0) {
    installing ??= install(missing, announce);
    await installing;
  }

  const [nginx, redisServer] = await Promise.all([find('nginx'), find('redis-server')]);
  if (!nginx || !redisServer)
    throw new NotPossibleHere(`${missing.join(' and ')} cannot be found: ${advice()}.`);
  const versions = {
    nginx: await versionOf(nginx, '-v'),
    redis: await versionOf(redisServer, '--version'),
  };
  for (const name of ['nginx', 'redis'] as const) {
    if (!isAtLeast(versions[name], oldest[name])) {
      throw new NotPossibleHere(
        `${name} ${versions[name]} is too old, ${oldest[name]} or newer is needed: ${advice()}.`,
      );
    }
  }
  return { nginx, redisServer, versions };
}

/** The first number with dots in what a program prints about itself. */
export async function versionOf(program: string, option: string): Promise<string> {
  // nginx prints it to its standard error.
  const { stdout, stderr } = await promisify(execFile)(program, [option], { timeout: 10_000 });
  return /\d+(\.\d+)+/.exec(stdout + stderr)?.[0] ?? '0';
}

/** Where a program is, or undefined. */
async function find(name: string): Promise<string | undefined> {
  const path = [process.env.PATH ?? '', ...alsoIn].join(delimiter);
  return (await which(name, { path, nothrow: true })) ?? undefined;
}

/** Shared by fleets that start at the same time: apt-get runs only once at a time. */
let installing: Promise<void> | undefined;

async function install(missing: readonly string[], announce: (text: string) => void): Promise<void> {
  if (process.getuid?.() === 0 && (await find('apt-get'))) return await installByApt(missing, announce);
  throw new NotPossibleHere(
    `${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} missing: ${advice()}.`,
  );
}

function advice(): string {
  if (process.platform === 'darwin') return 'install them with "brew install nginx redis"';
  return 'install them with "sudo apt-get install nginx redis-server", or the like on your system';
}
