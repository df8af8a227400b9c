// Builds k6 from its source with Go: once, into .cache/bin.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { FleetError } from '../fleet/fleet.ts';
import { k6Version } from './k6.ts';

const progressEveryMs = 10_000;
/** For all of it, download included. Two busy cores have taken ten minutes. */
const deadlineMs = 30 * 60_000;
const moduleDownload = z.object({ Dir: z.string() });

export interface BuildOptions {
  readonly say: (sentence: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Puts the program at `path`, whole or not at all. Go checks what it downloads against its checksum database.
 *
 * @throws {FleetError} When Go fails or takes too long, with the last lines of its output.
 */
export async function buildK6(path: string, { say, signal }: BuildOptions): Promise<void> {
  say(`Building k6 ${k6Version} from its source, once. That takes 2 to 5 minutes on 2 cores.`);
  const start = performance.now();
  const seconds = () => `${((performance.now() - start) / 1000).toFixed(0)} s`;
  let packages = 0;
  const progress = setInterval(
    () => say(`Building k6 … ${seconds()}, ${packages} packages downloaded or compiled`),
    progressEveryMs,
  );
  const deadline = AbortSignal.timeout(deadlineMs);
  const go = (args: readonly string[]) =>
    runGo(args, {
      onLine: () => packages++,
      signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
    });
  const unfinished = `${path}.${process.pid}`;
  try {
    await mkdir(dirname(path), { recursive: true });
    // Built where it lies in Go's cache, as its own main module: with exactly the versions that its makers release it
    // with. `go install` would take the same source, but also asks for the module's latest version, which a Go proxy
    // may not have.
    const download = await go(['mod', 'download', '-json', `go.k6.io/k6/v2@v${k6Version}`]);
    const { Dir: source } = moduleDownload.parse(JSON.parse(download));
    const flags = ['-v', '-trimpath', '-buildvcs=false', '-ldflags=-s -w'];
    await go(['build', '-C', source, ...flags, '-o', unfinished, '.']);
    await rename(unfinished, path);
  } finally {
    clearInterval(progress);
    await rm(unfinished, { force: true });
  }
  say(`Built ${path} in ${seconds()}.`);
}

interface GoOptions {
  /** Called for each line of its standard error: it names a package there. */
  readonly onLine: () => void;
  readonly signal: AbortSignal;
}

async function runGo(args: readonly string[], { onLine, signal }: GoOptions): Promise<string> {
  const child = spawn('go', args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, GOTOOLCHAIN: 'local', CGO_ENABLED: '0' },
    signal,
  });
  let output = '';
  let errorsAtEnd = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    for (const _line of text.matchAll(/\n/g)) onLine();
    errorsAtEnd = (errorsAtEnd + text).slice(-2000);
  });
  const [code] = await once(child, 'close').catch((cause) => {
    if (isTimeout(signal.reason))
      throw new FleetError(`k6 was not built within ${deadlineMs / 60_000} minutes.`, { cause });
    signal.throwIfAborted();
    throw new FleetError(`go ${args[0]} could not be run`, { cause });
  });
  if (code !== 0)
    throw new FleetError(
      `k6 could not be built: go ${args[0]} ended with ${code}.\n${errorsAtEnd}${output.slice(-500)}`,
    );
  return output;
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === 'TimeoutError';
}
