// What is measured, and on what: one Redis, one Postgres, and instances of the app side by side, without a proxy. A
// proxy's share of each request is the same for all of them, and would only blur the differences between stores.

import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { DependencyExited, Strategy } from '../../lab/src/fleet/fleet.ts';
import { appSettings } from '../../lab/src/fleet/processes/app-settings.ts';
import {
  appEntry,
  type BackingServices,
  startBackingServices,
  startOrDispose,
} from '../../lab/src/fleet/processes/backing-services.ts';
import { compileCache } from '../../lab/src/fleet/processes/instance.ts';
import { startRedis } from '../../lab/src/fleet/processes/redis.ts';
import type { Workspace } from '../../lab/src/supervision/workspace.ts';
import { type LoggingProcess, startLogging } from './logging-process.ts';

/** Something answered otherwise than it had to, so nothing was measured. */
export class MeasurementError extends Error {
  override readonly name = 'MeasurementError';
}

/** `sticky` differs from `memory` only in the proxy, and there is none here. */
export type StoreStrategy = Exclude<Strategy, 'sticky'>;

export interface InstanceOptions {
  /** Letters, digits and . _ - as INSTANCE_NAME takes it. */
  readonly name: string;
  readonly strategy: StoreStrategy;
  /** Settings of the app that differ from the laboratory's own, by the names in services/app/src/settings. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The port of a relay to Redis. Default: Redis' own. */
  readonly redisPort?: number;
}

/** The tutorials' own app (tutorial/app.mjs), and the same hardened by hand. */
export const tutorials = ['bare', 'hardened'] as const;
export type Tutorial = (typeof tutorials)[number];

/** Something to compare: this project's app with one of its stores, or an app of the tutorials. */
export type Candidate = StoreStrategy | Tutorial;

export function isTutorial(candidate: Candidate): candidate is Tutorial {
  return candidate === 'bare' || candidate === 'hardened';
}

/** A candidate that logs each request. */
export interface LoggingCandidate extends LoggingProcess, AsyncDisposable {
  readonly name: string;
  readonly candidate: Candidate;
  /** What precedes the path of a route. */
  readonly prefix: '' | '/api/v1';
}

/** An instance and its address, `http://127.0.0.1:1234`. Held with `await using`; disposing it ends the process. */
export interface MeasuredInstance extends AsyncDisposable {
  readonly name: string;
  readonly strategy: StoreStrategy;
  readonly origin: string;
}

/** Held with `await using`; disposing it ends everything that it started. */
export class TestBed implements AsyncDisposable {
  readonly #services: BackingServices;

  private constructor(services: BackingServices) {
    this.#services = services;
  }

  /**
   * @param signal Aborts the start half way; what was started by then is ended.
   * @param onDependencyExited Called when Redis or Postgres dies that nobody stopped.
   * @throws {NotPossibleHere} When this machine lacks a program.
   */
  static async open(
    signal: AbortSignal,
    onDependencyExited: (error: DependencyExited) => void,
  ): Promise<TestBed> {
    const services = await startBackingServices({ signal, onDependencyExited });
    return await startOrDispose(services, signal, async () => {
      await services.migrate();
      await fillCompileCache(services.workspace);
      return new TestBed(services);
    });
  }

  get redis(): BackingServices['redis'] {
    return this.#services.redis;
  }

  get redisPort(): number {
    return Number(new URL(this.redis.url).port);
  }

  get versions(): BackingServices['versions'] {
    return this.#services.versions;
  }

  /** Waits until it is ready. It logs warnings only: a line for each request would cost it and its reader time. */
  async startInstance({ name, strategy, settings, redisPort }: InstanceOptions): Promise<MeasuredInstance> {
    const redisUrl = new URL(this.redis.url);
    if (redisPort !== undefined) redisUrl.port = String(redisPort);
    const instance = await this.#services.startInstance({
      ...{ name, strategy, redisUrl: redisUrl.href },
      appSettings: { LOG_LEVEL: 'warn', ...settings },
    });
    return {
      name,
      strategy,
      origin: `http://127.0.0.1:${instance.port}`,
      [Symbol.asyncDispose]: () => instance.kill(),
    };
  }

  /**
   * Starts a candidate that logs each request, to /dev/null, and waits until it serves.
   * @param options.redisPort the port of a relay to Redis. Default: Redis' own
   * @param options.settings of this project's app, that differ from the laboratory's own
   */
  async startLogging(
    name: string,
    candidate: Candidate,
    { redisPort = this.redisPort, settings = {} }: Pick<InstanceOptions, 'redisPort' | 'settings'> = {},
  ): Promise<LoggingCandidate> {
    const { workspace, postgres } = this.#services;
    const redis = new URL(this.redis.url);
    redis.port = String(redisPort);
    const started = await startLogging(
      workspace,
      isTutorial(candidate)
        ? tutorialProgram(name, candidate, redis.href)
        : appProgram(name, candidate, { redis: redis.href, postgres: postgres.url }, settings),
    );
    const prefix = isTutorial(candidate) ? '' : '/api/v1';
    return { name, candidate, ...started, prefix, [Symbol.asyncDispose]: () => kill(started) };
  }

  /** Starts Node's own HTTP server, without Express, sessions or a log. */
  async startPlain(name: string): Promise<LoggingProcess & AsyncDisposable> {
    const program = { name, args: [plainEntry], env: {}, ready: { path: '/', status: 200 } };
    const started = await startLogging(this.#services.workspace, program);
    return { ...started, [Symbol.asyncDispose]: () => kill(started) };
  }

  /** For a proxy of the caller's own, which ends with the test bed at the latest. */
  withNginx<T>(
    start: (workspace: Workspace, program: string, user: BackingServices['user']) => Promise<T>,
  ): Promise<T> {
    const { workspace, programs, user } = this.#services;
    return start(workspace, programs.nginx, user);
  }

  /** Starts a replica of Redis. Disposing it ends it; before it confirms writes it has to copy what is there. */
  async startReplica(): Promise<AsyncDisposable> {
    const { workspace, programs, user, redis } = this.#services;
    const replica = await startRedis(workspace, {
      program: programs.redisServer,
      user,
      replicaOf: redis.url,
      onExited: (error) => process.stderr.write(`${error.message}\n`),
    });
    return { [Symbol.asyncDispose]: () => replica.stop() };
  }

  /**
   * Runs a program of the bench in a process of its own and returns what `read` makes of the line that it writes.
   *
   * @param program its file, relative to this folder
   * @param job what it is told, as JSON
   * @throws {FleetError} When it ends without such a line or does not write it in time.
   * @throws {MeasurementError} When it fails after that.
   */
  async runProgram<T>(
    program: string,
    job: unknown,
    deadlineMs: number,
    read: (line: unknown) => T | undefined,
  ): Promise<T> {
    const child = await this.#services.workspace.start({
      name: program,
      command: process.execPath,
      args: [fileURLToPath(new URL(program, import.meta.url)), JSON.stringify(job)],
    });
    const report = await child.line('it reported', (line) => read(parse(line)), deadlineMs);
    const { code } = await child.end(5_000);
    if (code !== 0)
      throw new MeasurementError(`${program} ended with exit code ${code}:\n${child.log.excerpt()}`);
    return report;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#services[Symbol.asyncDispose]();
  }
}

/**
 * Runs what instances load, once, to its end: a process that is killed leaves nothing in the compile cache. Without it each
 * of them would load the program that strips types, which takes 25 MB and a tenth of a second.
 */
async function fillCompileCache(workspace: Workspace): Promise<void> {
  const worker = fileURLToPath(new URL('../../app/src/accounts/bcrypt-worker.ts', import.meta.url));
  for (const [name, program, expected] of [
    // Without settings it loads everything and ends with 78.
    ['the app without settings', appEntry, 78],
    ['a hash thread', worker, 0],
  ] as const) {
    const child = await workspace.start({
      name,
      command: process.execPath,
      args: [program],
      env: { ...compileCache },
    });
    const { code } = await child.end(30_000);
    if (code !== expected) throw new MeasurementError(`${name} ended with ${code}:\n${child.log.excerpt()}`);
  }
}

async function kill({ child }: LoggingProcess): Promise<void> {
  child.signal('SIGKILL');
  await child.end(10_000);
}

const plainEntry = fileURLToPath(new URL('../tutorial/plain.mjs', import.meta.url));

function appProgram(
  name: string,
  strategy: StoreStrategy,
  addresses: Parameters<typeof appSettings>[1],
  own: Readonly<Record<string, string>>,
) {
  const settings = appSettings({ strategy, instances: 1, appSettings: own }, addresses);
  return {
    name,
    args: [appEntry],
    env: { ...compileCache, ...settings, INSTANCE_NAME: name, HOST: '127.0.0.1' },
    ready: { path: '/readyz', status: 200 },
  };
}

/** One for all of them: a session is to be known to each of several behind a proxy. */
const tutorialSecret = randomBytes(32).toString('hex');

function tutorialProgram(name: string, tutorial: Tutorial, redis: string) {
  const entry = fileURLToPath(new URL('../tutorial/app.mjs', import.meta.url));
  return {
    name,
    args: [entry, ...(tutorial === 'hardened' ? ['--hardened'] : [])],
    // bcrypt's lowest cost, as the laboratory's instances have.
    env: { NODE_ENV: 'production', REDIS_URL: redis, SESSION_SECRET: tutorialSecret, BCRYPT_ROUNDS: '4' },
    ready: { path: '/me', status: 401 },
  };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // a warning of Node's
  }
}
