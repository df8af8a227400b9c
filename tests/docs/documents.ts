// All documents of the repository.

import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

const foreign = new Set(['node_modules', '.cache', '.git']);
const paths: string[] = [];
for await (const path of glob('**/*.md', { cwd: root, exclude: (name) => foreign.has(name) }))
  paths.push(path);

/** By their paths in the repository, in order. */
export const documents: readonly { readonly path: string; readonly text: string }[] = await Promise.all(
  paths.sort().map(async (path) => ({ path, text: await readFile(join(root, path), 'utf8') })),
);
