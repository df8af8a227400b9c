// Where a figure was measured. No figure means anything without it.

import { cpus, release, totalmem, type } from 'node:os';

export interface Environment {
  /** ISO 8601, UTC. */
  readonly date: string;
  readonly system: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  /** Of the programs that took part: node, nginx, redis, postgres. */
  readonly versions: Readonly<Record<string, string>>;
}

export function describeEnvironment(versions: Readonly<Record<string, string>>): Environment {
  return {
    date: new Date().toISOString(),
    system: `${type()} ${release()}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    versions: { node: process.versions.node, ...versions },
  };
}
