import { resolve } from 'node:path';

/**
 * The absolute path of a file that a user named, relative to the folder in which the command was typed. npm runs its
 * scripts in the project's folder, and says in INIT_CWD where that was:
 * https://docs.npmjs.com/cli/v11/commands/npm-run-script#description
 */
export function typedPath(path: string): string {
  return resolve(process.env.INIT_CWD ?? process.cwd(), path);
}
