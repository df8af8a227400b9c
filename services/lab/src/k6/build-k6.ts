// Builds k6 from its source with Go: once, into .cache/bin.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { FleetError } from '../fleet/fleet.ts';
import { k6Version } from './k6.ts';

/** How often it says that it is alive, in ms. */
const signOfLifeMs = 10_000;
const moduleDownload = z.object({ Dir: z.string() });

export interface Building {
  readonly say: (sentence: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Puts the program at `path`, whole or not at all. Go checks what it downloads against its checksum database.
 *
 * @throws {FleetError} When Go fails, with its last words.
 */
export async function buildK6(path: string, { say, signal }: Building): Promise<void> {
  say(`Building k6 ${k6Version} from its source, once. That takes 2 to 5 minutes on 2 cores.`);
  const start = performance.now();
  let packages = 0;
  const alive = setInterval(() => {
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    say(`Building k6 … ${seconds} s, ${packages} packages downloaded or compiled`);
  }, signOfLifeMs);
  const unfinished = `${path}.${process.pid}`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const onLine = () => {
      packages++;
    };
    // Built where it lies in Go's cache, as its own main module: with exactly the versions that its makers release it
    // with. `go install` would take the same source, but asks for news of the module that a Go proxy may not have.
    const download = await go(['mod', 'download', '-json', `go.k6.io/k6/v2@v${k6Version}`], {
      onLine,
      signal,
    });
    const { Dir: source } = moduleDownload.parse(JSON.parse(download));
    const build = [
      'build',
      '-C',
      source,
      '-v',
      '-trimpath',
      '-buildvcs=false',
      '-ldflags=-s -w',
      '-o',
      unfinished,
    ];
    await go([...build, '.'], { onLine, signal });
    await rename(unfinished, path);
  } finally {
    clearInterval(alive);
    await rm(unfinished, { force: true });
  }
  say(`Built ${path} in ${((performance.now() - start) / 1000).toFixed(0)} s.`);
}

interface GoRun {
  readonly onLine: () => void;
  readonly signal: AbortSignal | undefined;
}

async function go(args: readonly string[], { onLine, signal }: GoRun): Promise<string> {
  const child = spawn('go', args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, GOTOOLCHAIN: 'local', CGO_ENABLED: '0' },
    ...(signal && { signal }),
  });
  let output = '';
  let lastWords = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    for (const _line of text.matchAll(/\n/g)) onLine();
    lastWords = (lastWords + text).slice(-2000);
  });
  const [code] = await once(child, 'close').catch((cause) => {
    signal?.throwIfAborted();
    throw new FleetError(`go ${args[0]} could not be run`, { cause });
  });
  if (code !== 0)
    throw new FleetError(
      `k6 could not be built: go ${args[0]} ended with ${code}.\n${lastWords}${output.slice(-500)}`,
    );
  return output;
}
