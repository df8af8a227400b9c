// k6 from its Docker image.

import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { NotPossibleHere } from '../supervision/errors.ts';
import { environmentOf, type K6, k6Version, projectFolder } from './k6.ts';
import { scriptSettings } from './script-settings.ts';

export const k6Image = process.env.K6_IMAGE ?? `grafana/k6:${k6Version}`;

const execute = promisify(execFile);
const inspectDeadlineMs = 10_000;
const pullDeadlineMs = 5 * 60_000;

/** Whether a Docker engine answers, so that the image may be of use. */
export async function dockerAnswers(): Promise<boolean> {
  return succeeds(['version', '--format', '{{.Server.Version}}']);
}

export interface ImageOptions {
  /** What to do where the image cannot be had: the end of the error's message. */
  readonly otherWays: string;
  readonly say: (sentence: string) => void;
  readonly signal?: AbortSignal;
  readonly image?: string;
}

/**
 * k6 from its image, which is pulled where it is not there yet.
 *
 * @throws {NotPossibleHere} When it cannot be pulled, with Docker's reason.
 */
export async function k6FromImage(options: ImageOptions): Promise<K6> {
  const { otherWays, say, signal, image = k6Image } = options;
  if (!(await succeeds(['image', 'inspect', image]))) {
    say(`Pulling ${image}, once.`);
    try {
      await execute('docker', ['pull', '--quiet', image], {
        timeout: pullDeadlineMs,
        ...(signal && { signal }),
      });
    } catch (cause) {
      signal?.throwIfAborted();
      throw new NotPossibleHere(
        `There is no k6 here, and its image ${image} could not be pulled (${reasonOf(cause)}). ${otherWays}`,
        { cause },
      );
    }
  }
  return inContainer(image);
}

/** In this machine's network, so that loopback is the same loopback. */
function inContainer(image: string): K6 {
  return {
    description: `the image ${image}`,
    commandLine: (run) => {
      const folders = new Set([run.jsonFile, ...(run.htmlFile ? [run.htmlFile] : [])].map(dirname));
      const read = run.usersFile ? ['--volume', `${run.usersFile}:${run.usersFile}:ro`] : [];
      const environment = { ...handedOn(process.env), ...environmentOf(run) };
      return {
        program: 'docker',
        args: [
          ...['run', '--rm', '--init', '--network', 'host', '--user', userAndGroup()],
          ...['--volume', `${join(projectFolder, 'loadtest')}:/loadtest:ro`],
          ...[...folders].flatMap((folder) => ['--volume', `${folder}:${folder}`]),
          ...read,
          ...Object.entries(environment).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
          ...[image, 'run', `/loadtest/${run.script}.ts`],
        ],
        env: {},
      };
    },
  };
}

/** What a binary sees of the environment by itself, a container has to be given: k6's own settings and the scripts'. */
function handedOn(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      (/^K6_\w+$/.test(name) || scriptSettings.includes(name)) && name !== 'K6_IMAGE' && value !== undefined
        ? [[name, value]]
        : [],
    ),
  );
}

function userAndGroup(): string {
  return `${process.getuid?.() ?? 1000}:${process.getgid?.() ?? 1000}`;
}

async function succeeds(args: readonly string[]): Promise<boolean> {
  return execute('docker', args, { timeout: inspectDeadlineMs }).then(
    () => true,
    () => false,
  );
}

/** The last line that Docker wrote; without one, the error's own message. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('killed' in error && error.killed) return `not within ${pullDeadlineMs / 60_000} minutes`;
  const output = 'stderr' in error ? String(error.stderr).trim() : '';
  return output.split('\n').at(-1) || error.message;
}
