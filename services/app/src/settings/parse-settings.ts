// Reads settings from the environment and from files, and says everything that is wrong with them at once.

import { readFileSync } from 'node:fs';
import type { z } from 'zod';

/** Secrets and addresses, which may be in a file, as container secrets are: NAME_FILE is its path. */
export const fromFiles: readonly string[] = [
  'SESSION_SECRET',
  'PASSWORD_PEPPER',
  'REDIS_URL',
  'REDIS_ADMIN_URL',
  'DATABASE_URL',
];

/** One or more settings are wrong. `problems` has a line for each, with its name and what was expected, never its value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** As process.env. An empty variable counts as not set, as `PORT=` in a compose file means it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** @returns the values where all are right, and a line for each problem */
export function parseSettings<S extends z.ZodObject>(schema: S, env: Environment) {
  const problems: string[] = [];
  const given: Record<string, string | undefined> = {};
  for (const name of Object.keys(schema.shape)) {
    given[name] = env[name] || undefined;
    const path = env[`${name}_FILE`];
    if (!path || !fromFiles.includes(name)) continue;
    if (given[name] !== undefined) problems.push(`${name}: set either ${name} or ${name}_FILE, not both`);
    else given[name] = readSettingFile(name, path, problems);
  }
  const { data, error } = schema.safeParse(given);
  const named = new Set(problems.map((problem) => problem.split(':', 1)[0]));
  for (const { path, message } of error?.issues ?? []) {
    const name = String(path[0]);
    if (!named.has(name)) {
      problems.push(`${name}: expected ${message}${given[name] === undefined ? '; is not set' : ''}`);
    }
    named.add(name);
  }
  return { data, problems, given };
}

function readSettingFile(name: string, path: string, problems: string[]): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim() || undefined;
  } catch (error) {
    // Without the system call and the path, which stands there already.
    const reason = String(Object(error).message).replace(/, \w+( '.*')?$/, '');
    const who = process.getuid === undefined ? '' : ` by user ${process.getuid()}`;
    problems.push(`${name}: expected the file ${path} (${name}_FILE) to be readable${who}: ${reason}`);
    return undefined;
  }
}
