// Instances of the app, as its own processes are (startAppProcess) or inside the test's (startApp), which is quicker.

import { fileURLToPath } from 'node:url';
import { readConfig } from '../../services/app/src/config.ts';
import { startInstance } from '../../services/app/src/instance.ts';
import { openLog } from '../../services/app/src/operations/log.ts';
import type { Child } from './child.ts';
import { startChild } from './child.ts';
import { until } from './wait.ts';

export type Settings = Readonly<Record<string, string | undefined>>;

/** What a test's instances have in common: quick hashes, plain HTTP, nothing that has to be there. */
export const testSettings: Settings = {
  NODE_ENV: 'production',
  COOKIE_SECURE: 'false',
  HOST: '127.0.0.1',
  PORT: '0',
  SESSION_STRATEGY: 'memory',
  SESSION_SECRET: 'the secret of the tests is long enough',
  PASSWORD_PEPPER: 'the pepper of the tests is long enough',
  // Shorter passwords than the default allows, so that they fit on the lines of a test.
  PASSWORD_MIN_LENGTH: '8',
  BCRYPT_ROUNDS: '4',
  HASH_THREADS: '0',
  // The app refuses these three in production unless they are allowed.
  ALLOW_INSECURE: 'cookie,rounds,threads',
  // All clients of a test have one address. Counted as in production, and never reached; a test about throttles sets them.
  THROTTLE_LOGINS_PER_ACCOUNT_AND_ADDRESS: '1000000000',
  THROTTLE_LOGINS_PER_ADDRESS: '1000000000',
  THROTTLE_LOGINS_PER_ACCOUNT: '1000000000',
  THROTTLE_SIGNUPS_PER_ADDRESS: '1000000000',
  THROTTLE_GUESTS_PER_ADDRESS: '1000000000',
  // Nothing listens there. Tests that need a database say which.
  DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
  DRAIN_IDLE_MS: '0',
  STARTUP_WAIT_MS: '0',
};

export interface TestApp extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** What it logged so far. */
  log(): readonly Record<string, unknown>[];
}

/** An instance in this process. */
export async function startApp(settings: Settings = {}): Promise<TestApp> {
  const lines: string[] = [];
  const config = readConfig({ ...testSettings, ...waitsForWhatIsNamed(settings), ...settings });
  const log = openLog(config.logLevel, config.instanceName, {
    write: (line: string) => void lines.push(line),
  });
  const instance = await startInstance(config, log);
  return {
    url: `http://127.0.0.1:${instance.port}`,
    port: instance.port,
    log: () => lines.map((line) => JSON.parse(line)),
    [Symbol.asyncDispose]: () => instance.drain(),
  };
}

/** A test that names servers sends its requests at once, and an instance that has not reached Redis yet answers 503. */
function waitsForWhatIsNamed({ DATABASE_URL, REDIS_URL, SESSION_STRATEGY }: Settings): Settings {
  return DATABASE_URL && (REDIS_URL || SESSION_STRATEGY === undefined) ? { STARTUP_WAIT_MS: '2000' } : {};
}

export interface AppProcess extends Child {
  readonly url: string;
  readonly port: number;
}

/** Halves the time that a start takes on the processor: most of it is compiling the same sources again. */
export const compileCache = fileURLToPath(new URL('../../node_modules/.cache/node-compile', import.meta.url));
const main = fileURLToPath(new URL('../../services/app/src/main.ts', import.meta.url));

/** Starts main.ts and does not wait. @param nodeOptions such as `--import` */
export function spawnApp(settings: Settings = {}, nodeOptions: readonly string[] = []): Promise<Child> {
  const env = { PATH: process.env.PATH, NODE_COMPILE_CACHE: compileCache, ...testSettings, ...settings };
  return startChild(process.execPath, [...nodeOptions, main], { env });
}

/** Other lines have ports too: of a server that cannot be reached. */
const listeningLine = /"port":(\d+)[^\n]*"msg":"listening"/;

/** An instance of its own, when it listens. */
export async function startAppProcess(
  settings: Settings = {},
  nodeOptions: readonly string[] = [],
): Promise<AppProcess> {
  const child = await spawnApp(settings, nodeOptions);
  try {
    const port = await until('the app listens', () => listeningLine.exec(child.output())?.[1], 25_000);
    return { ...child, port: Number(port), url: `http://127.0.0.1:${port}` };
  } catch (cause) {
    await child[Symbol.asyncDispose]();
    throw new Error(`the app did not start:\n${child.output()}`, { cause });
  }
}
