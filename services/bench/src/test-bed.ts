// What is measured, and on what: one Redis, one Postgres, and instances of the app side by side, without a proxy. A
// proxy's share of each request is the same for all of them, and would only blur the differences between stores.

import { fileURLToPath } from 'node:url';
import type { DependencyExited, Strategy } from '../../lab/src/fleet/fleet.ts';
import {
  type BackingServices,
  startBackingServices,
  startOrDispose,
} from '../../lab/src/fleet/processes/backing-services.ts';
import { startRedis } from '../../lab/src/fleet/processes/redis.ts';
import { readProcStat } from '../../lab/src/supervision/proc-stat.ts';

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
  /** Settings of the app that differ from the laboratory's own, by the names in services/app/src/config.ts. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The port of a relay to Redis. Default: Redis' own. */
  readonly redisPort?: number;
}

/** An instance and its address, `http://127.0.0.1:1234`. Held with `await using`; disposing it ends the process. */
export interface MeasuredInstance extends AsyncDisposable {
  readonly name: string;
  readonly strategy: StoreStrategy;
  readonly origin: string;
  /** Processor time that it has used so far, in milliseconds; undefined where the system does not tell. */
  cpuMs(): number | undefined;
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
      cpuMs: () => readProcStat(instance.pid)?.cpuMs,
      [Symbol.asyncDispose]: () => instance.kill(),
    };
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

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // a warning of Node's
  }
}
