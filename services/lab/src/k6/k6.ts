// k6 as a program that is found, or made, and run: the same run from a binary and from the image.

import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The version that is built where none is found, and whose image is used. The scripts are tested with it. */
export const k6Version = '2.2.0';
export const k6Image = process.env.K6_IMAGE ?? `grafana/k6:${k6Version}`;

export const projectFolder = fileURLToPath(new URL('../../../../', import.meta.url)).replace(/\/$/, '');

/** One run of one script. */
export interface K6Run {
  /** The name of the script's file, without `.ts`. */
  readonly script: string;
  /** What the script reads from `__ENV`. */
  readonly settings: Readonly<Record<string, string>>;
  /** Where the figures go, an absolute path whose folder exists. */
  readonly jsonFile: string;
  /** Where k6's HTML report goes, an absolute path whose folder exists. */
  readonly htmlFile?: string;
}

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface K6 {
  /** For people: `k6 2.2.0 (/usr/bin/k6)`. */
  readonly description: string;
  readonly commandFor: (run: K6Run) => Command;
}

export function k6Binary(path: string, version: string): K6 {
  return {
    description: `k6 ${version} (${path})`,
    commandFor: (run) => ({
      program: path,
      args: ['run', join(projectFolder, 'loadtest', `${run.script}.ts`)],
      env: { ...own, ...run.settings, SUMMARY: run.jsonFile, ...reportTo(run.htmlFile) },
    }),
  };
}

/** k6 from its image, in this machine's network, so that loopback is the same loopback. */
export function k6FromImage(docker: string): K6 {
  return {
    description: `the image ${k6Image}`,
    commandFor: (run) => {
      const settings = { ...own, ...run.settings, ...scriptSettings(process.env), SUMMARY: run.jsonFile };
      const folders = new Set([run.jsonFile, ...(run.htmlFile ? [run.htmlFile] : [])].map(dirname));
      return {
        program: docker,
        args: [
          ...['run', '--rm', '--init', '--network', 'host', '--user', userAndGroup()],
          ...['--volume', `${join(projectFolder, 'loadtest')}:/loadtest:ro`],
          ...[...folders].flatMap((folder) => ['--volume', `${folder}:${folder}`]),
          ...Object.entries({ ...settings, ...reportTo(run.htmlFile) }).flatMap(([k, v]) => [
            '--env',
            `${k}=${v}`,
          ]),
          ...[k6Image, 'run', `/loadtest/${run.script}.ts`],
        ],
        env: {},
      };
    },
  };
}

/** Scripts run without any word to the outside: k6 reports its use to its makers, and fetches extensions, otherwise. */
const own = { K6_NO_USAGE_REPORT: 'true', K6_AUTO_EXTENSION_RESOLUTION: 'false' };

function reportTo(htmlFile: string | undefined): Record<string, string> {
  if (htmlFile === undefined) return {};
  return {
    K6_WEB_DASHBOARD: 'true',
    K6_WEB_DASHBOARD_EXPORT: htmlFile,
    // The report is written, and no live dashboard listens on the way.
    K6_WEB_DASHBOARD_PORT: '-1',
    // A point each second. k6's own 10 s are for long runs, and of a run of less than three points it makes no report.
    K6_WEB_DASHBOARD_PERIOD: process.env.K6_WEB_DASHBOARD_PERIOD ?? '1s',
  };
}

/** What a binary sees of the environment by itself, a container has to be given. */
function scriptSettings(env: NodeJS.ProcessEnv): Record<string, string> {
  const known = /^(K6_\w+|\w+_PATH|WRITE_BODY|SERVED_BY_HEADER|THINK_TIME|READ_P95_MS|LOGIN_RATE|RATES)$/;
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      known.test(name) && name !== 'K6_IMAGE' && value !== undefined ? [[name, value]] : [],
    ),
  );
}

function userAndGroup(): string {
  return `${process.getuid?.() ?? 1000}:${process.getgid?.() ?? 1000}`;
}
