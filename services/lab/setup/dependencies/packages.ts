import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** A package of the tree. */
export interface Package {
  readonly name: string;
  readonly version: string;
  /** As package.json says, such as `MIT` or `(MIT OR CC0-1.0)`. */
  readonly licence: string | undefined;
  /** Not on this platform, for which it is not made. Its licence is then known only if the lock file has it. */
  readonly installed: boolean;
  readonly hasInstallScript: boolean;
  /** Only to develop: an instance does without it. */
  readonly dev: boolean;
}

const lockFile = z.object({
  packages: z.record(
    z.string(),
    z.object({
      name: z.string().optional(),
      version: z.string().optional(),
      license: z.string().optional(),
      link: z.boolean().default(false),
      dev: z.boolean().default(false),
      devOptional: z.boolean().default(false),
      hasInstallScript: z.boolean().default(false),
    }),
  ),
});

const installedManifest = z.object({
  license: z.string().optional(),
  // As it was written before 2015.
  licenses: z.array(z.object({ type: z.string() })).optional(),
});

/**
 * All that package-lock.json of a folder installs, for whatever platform, without the folder's own workspaces.
 * @throws when the lock file or the package.json of what is installed cannot be read
 */
export async function readPackages(folder: string): Promise<Package[]> {
  const { packages } = lockFile.parse(JSON.parse(await readFile(join(folder, 'package-lock.json'), 'utf8')));
  const foreign = Object.entries(packages).filter(
    ([path, { link }]) => path.includes('node_modules/') && !link,
  );
  return Promise.all(
    foreign.map(async ([path, { name, version = '', license, dev, devOptional, hasInstallScript }]) => {
      const installed = await readInstalled(join(folder, path));
      return {
        name: name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
        version,
        licence: license ?? installed?.license ?? installed?.licenses?.map(({ type }) => type).join(' OR '),
        installed: installed !== undefined,
        hasInstallScript,
        dev: dev || devOptional,
      };
    }),
  );
}

async function readInstalled(folder: string) {
  const path = join(folder, 'package.json');
  return existsSync(path) ? installedManifest.parse(JSON.parse(await readFile(path, 'utf8'))) : undefined;
}
