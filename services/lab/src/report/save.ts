// Puts results where they were asked for.

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Writes a file whole or not at all, with the folders that it needs. */
export async function save(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

/**
 * Writes a part of a document anew: what stands between `<!-- name -->` and `<!-- /name -->`. A file without these
 * lines, or none, becomes one that holds this part alone.
 */
export async function savePart(file: string, name: string, text: string): Promise<void> {
  const [from, to] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const before = await readFile(file, 'utf8').catch((error) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const [start, end] = [before.indexOf(from), before.indexOf(to)];
  const part = `${from}\n${text}\n${to}`;
  if (start === -1 || end < start) await save(file, `${part}\n`);
  else await save(file, before.slice(0, start) + part + before.slice(end + to.length));
}
