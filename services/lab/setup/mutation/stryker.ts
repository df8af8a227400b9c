// Where Stryker is: in .cache, put there when it is first needed. It is no dependency of the project, because its 60 MB
// would come with each `npm ci`, and hardly anyone needs it.

import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectFolder } from '../../src/k6/k6.ts';
import { NotPossibleHere } from '../../src/supervision/errors.ts';

/** The runner asks for exactly this version of the core. */
const version = '10.0.0';

const installDeadlineMs = 5 * 60_000;

/** @returns the folder of its packages @throws {NotPossibleHere} */
export async function findStryker(say: (sentence: string) => void, signal: AbortSignal): Promise<string> {
  const cache = join(projectFolder, '.cache');
  const home = join(cache, `stryker-${version}`);
  const packages = join(home, 'node_modules', '@stryker-mutator');
  if (await isThere(packages)) return packages;

  say(`Getting Stryker ${version} into .cache/ …`);
  await mkdir(cache, { recursive: true });
  // Installed aside and then moved, so that a Ctrl-C in between leaves nothing that looks complete.
  const aside = await mkdtemp(join(cache, 'installing-'));
  const wanted = ['core', 'jest-runner'].map((name) => `@stryker-mutator/${name}@${version}`);
  try {
    const flags = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund'];
    const options = { signal, timeout: installDeadlineMs };
    await promisify(execFile)('npm', ['install', '--prefix', aside, ...flags, ...wanted], options);
    await rm(home, { recursive: true, force: true });
    await rename(aside, home);
  } catch (error) {
    signal.throwIfAborted();
    throw new NotPossibleHere(`npm could not install ${wanted.join(' and ')}: ${error}`);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  return packages;
}

const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );
