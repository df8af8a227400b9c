// k6 as a program, and one run of it.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The version that is built where none is found, and whose image is used. The scripts are tested with it. */
export const k6Version = '2.2.0';

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
  /** A file that the script reads, an absolute path. */
  readonly usersFile?: string;
}

export interface CommandLine {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface K6 {
  /** For people: `k6 2.2.0 (/usr/bin/k6)`. */
  readonly description: string;
  readonly commandLine: (run: K6Run) => CommandLine;
}

export function k6Binary(path: string, version: string): K6 {
  return {
    description: `k6 ${version} (${path})`,
    commandLine: (run) => ({
      program: path,
      args: ['run', join(projectFolder, 'loadtest', `${run.script}.ts`)],
      env: environmentOf(run),
    }),
  };
}

/** What k6 and the script are told by the environment. */
export function environmentOf({ settings, jsonFile, htmlFile, usersFile }: K6Run): Record<string, string> {
  return {
    // Nothing leaves the machine: by itself k6 reports its use to its makers and downloads extensions.
    K6_NO_USAGE_REPORT: 'true',
    K6_AUTO_EXTENSION_RESOLUTION: 'false',
    ...settings,
    SUMMARY: jsonFile,
    ...(usersFile === undefined ? {} : { USERS_FILE: usersFile }),
    ...(htmlFile === undefined ? {} : htmlReport(htmlFile)),
  };
}

function htmlReport(file: string): Record<string, string> {
  return {
    K6_WEB_DASHBOARD: 'true',
    K6_WEB_DASHBOARD_EXPORT: file,
    // Only the file is wanted: no port is opened for the live dashboard.
    K6_WEB_DASHBOARD_PORT: '-1',
    // A point each second. k6's own 10 s are for long runs, and of a run of less than three points it makes no report.
    K6_WEB_DASHBOARD_PERIOD: process.env.K6_WEB_DASHBOARD_PERIOD ?? '1s',
  };
}
