// Where k6 comes from: PATH, .cache/bin, built there by Go, or its image. In this order, the quickest first.

import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { NotPossibleHere } from '../fleet/fleet.ts';
import { isAtLeast } from '../fleet/version.ts';
import { buildK6 } from './build-k6.ts';
import { type K6, k6Binary, k6FromImage, k6Image, k6Version, projectFolder } from './k6.ts';

/** The first major version that runs TypeScript as it is, with nothing to switch on, and whose summary has setup data. */
const oldestVersion = '1.0';
/** What k6 2 asks for in its go.mod. */
const oldestGo = '1.25';

const cached = join(projectFolder, '.cache', 'bin', 'k6');
const run = promisify(execFile);

export interface Search {
  /** Whether it may be built, which takes minutes. */
  readonly build: boolean;
  readonly say: (sentence: string) => void;
  readonly signal?: AbortSignal;
  /** Where it is built. Default: .cache/bin/k6 in the project. */
  readonly builtHere?: string;
}

/** @throws {NotPossibleHere} When there is no k6 here, and no way to come to one. */
export async function findK6({ build, say, signal, builtHere = cached }: Search): Promise<K6> {
  for (const path of [
    ...(process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'k6')),
    builtHere,
  ]) {
    const version = await versionOf(path);
    if (version === undefined) continue;
    if (isAtLeast(version, oldestVersion)) return k6Binary(path, version);
    say(`${path} is k6 ${version}, too old to run TypeScript: looking further.`);
  }
  if (build && process.env.LAB_INSTALL !== 'never' && (await goIsThere())) {
    await buildK6(builtHere, { say, ...(signal && { signal }) });
    return k6Binary(builtHere, k6Version);
  }
  if (await engineAnswers()) return k6FromImage('docker');
  throw new NotPossibleHere(
    `k6 is needed: install it (https://grafana.com/docs/k6/latest/set-up/install-k6/), or Go ${oldestGo} or newer so that it can be built here, or start a Docker engine so that ${k6Image} can be run.`,
  );
}

async function versionOf(path: string): Promise<string | undefined> {
  try {
    await access(path, constants.X_OK);
    const { stdout } = await run(path, ['version']);
    return /v(\d+\.\d+\.\d+)/.exec(stdout)?.[1];
  } catch {
    return undefined; // not there, or not k6
  }
}

async function goIsThere(): Promise<boolean> {
  // Without GOTOOLCHAIN=local an older Go would fetch a newer one to answer.
  const version = await answerOf('go', ['env', 'GOVERSION'], { GOTOOLCHAIN: 'local' });
  const [number] = /\d+(\.\d+)+/.exec(version ?? '') ?? [];
  return number !== undefined && isAtLeast(number, oldestGo);
}

async function engineAnswers(): Promise<boolean> {
  return (await answerOf('docker', ['version', '--format', '{{.Server.Version}}'])) !== undefined;
}

async function answerOf(program: string, args: readonly string[], env = {}): Promise<string | undefined> {
  try {
    return (await run(program, args, { env: { ...process.env, ...env }, timeout: 10_000 })).stdout;
  } catch {
    return undefined; // not installed, or nothing answers it
  }
}
