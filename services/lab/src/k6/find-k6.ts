// Where k6 comes from: PATH, .cache/bin, built there by Go, or its image. In this order, the quickest first.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import which from 'which';
import { isAtLeast } from '../fleet/version.ts';
import { NotPossibleHere } from '../supervision/errors.ts';
import { buildK6 } from './build-k6.ts';
import { type K6, k6Binary, k6Version, projectFolder } from './k6.ts';
import { dockerAnswers, k6FromImage, k6Image } from './k6-image.ts';

/** The first major version that runs TypeScript as it is, with nothing to switch on, and whose summary has setup data. */
const oldestVersion = '1.0';
/** What k6 2 asks for in its go.mod. */
const oldestGo = '1.25';

const cached = join(projectFolder, '.cache', 'bin', 'k6');
const versionDeadlineMs = 10_000;

const installOrGo = `install k6 (https://grafana.com/docs/k6/latest/set-up/install-k6/), or Go ${oldestGo} or newer so that it can be built here`;

export interface FindOptions {
  /** Whether it may be built, which takes minutes. */
  readonly build: boolean;
  readonly say: (sentence: string) => void;
  readonly signal?: AbortSignal;
  /** Where it is built, and looked for. Default: .cache/bin/k6 in the project. */
  readonly builtPath?: string;
  /** The image that is used where there is no program. Default: K6_IMAGE, or that of the version that is built. */
  readonly image?: string;
}

/** @throws {NotPossibleHere} When there is no k6 here, and no way to come to one. */
export async function findK6({
  build,
  say,
  signal,
  builtPath = cached,
  image = k6Image,
}: FindOptions): Promise<K6> {
  const inPath = (await which('k6', { all: true, nothrow: true })) ?? [];
  for (const path of [...inPath, builtPath]) {
    const version = await numberIn(path, ['version']);
    if (version === undefined) continue;
    if (isAtLeast(version, oldestVersion)) return k6Binary(path, version);
    say(`${path} is k6 ${version}, too old to run TypeScript: looking further.`);
  }
  if (build && process.env.LAB_INSTALL !== 'never' && (await goIsHere())) {
    await buildK6(builtPath, { say, ...(signal && { signal }) });
    return k6Binary(builtPath, k6Version);
  }
  if (await dockerAnswers()) {
    const otherWays = `Either ${installOrGo}, or, where no registry is in reach, make a stand-in for the image with infra/offline-images/build, on a machine with Go.`;
    return await k6FromImage({ image, otherWays, say, ...(signal && { signal }) });
  }
  throw new NotPossibleHere(
    `k6 is needed: ${installOrGo}, or start a Docker engine so that ${image} can be run.`,
  );
}

async function goIsHere(): Promise<boolean> {
  // Without GOTOOLCHAIN=local an older Go would fetch a newer one to answer.
  const version = await numberIn('go', ['env', 'GOVERSION'], { GOTOOLCHAIN: 'local' });
  return version !== undefined && isAtLeast(version, oldestGo);
}

/** The version number in a program's output; undefined where it is not there, does not run or says none. */
async function numberIn(program: string, args: readonly string[], env = {}): Promise<string | undefined> {
  try {
    const options = { env: { ...process.env, ...env }, timeout: versionDeadlineMs };
    const { stdout } = await promisify(execFile)(program, args, options);
    return /\d+(\.\d+)+/.exec(stdout)?.[0];
  } catch {
    return undefined;
  }
}
