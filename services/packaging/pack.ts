// Packs a workspace as `npm publish` would.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { build } from './build.ts';

const report = z.tuple([
  z.object({
    filename: z.string(),
    /** In bytes. */
    size: z.number(),
    files: z.array(z.object({ path: z.string(), size: z.number() })),
  }),
]);

export interface Tarball {
  readonly path: string;
  /** In bytes, compressed. */
  readonly size: number;
  /** Their sizes are not compressed. */
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

/** Builds the workspace into the folder, and leaves the tarball there. */
export async function pack(workspace: string, dist: string): Promise<Tarball> {
  await build(workspace, dist);
  const { stdout } = await promisify(execFile)('npm', ['pack', '--json', '--loglevel=error'], {
    cwd: dist,
    // npm asks no registry to pack, but it would look for a newer version of itself.
    env: { ...process.env, npm_config_update_notifier: 'false' },
  });
  const [{ filename, size, files }] = report.parse(JSON.parse(stdout));
  return { path: join(dist, filename), size, files };
}
