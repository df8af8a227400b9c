import { glob, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../../../', import.meta.url));

export interface SourceFile {
  /** From the project's folder. */
  readonly path: string;
  readonly text: string;
}

/** The files of the project whose path matches, sorted. @throws when there is none */
export async function filesOf(pattern: string): Promise<SourceFile[]> {
  const paths: string[] = [];
  for await (const path of glob(pattern, { cwd: root })) paths.push(path);
  if (paths.length === 0) throw new Error(`There is no file ${pattern}`);
  return Promise.all(
    paths.sort().map(async (path) => ({ path, text: await readFile(`${root}${path}`, 'utf8') })),
  );
}
