// What is measured, and on what: one Redis, one Postgres, and instances of the app side by side, without a proxy. A
// proxy's share of each request would be the same for all and only blur the differences, which is what is asked here.

import { fileURLToPath } from 'node:url';
import { type DependencyExited, FleetError, type Strategy } from '../../lab/src/fleet/fleet.ts';
import { appSettings } from '../../lab/src/fleet/processes/app-settings.ts';
import { AppInstance } from '../../lab/src/fleet/processes/instance.ts';
import { migrate } from '../../lab/src/fleet/processes/migrations.ts';
import { type PostgresProcess, startPostgres } from '../../lab/src/fleet/processes/postgres.ts';
import { postgresPrograms } from '../../lab/src/fleet/processes/postgres-programs.ts';
import { findPrograms } from '../../lab/src/fleet/processes/programs.ts';
import { type RedisProcess, startRedis } from '../../lab/src/fleet/processes/redis.ts';
import { unprivilegedUser } from '../../lab/src/supervision/unprivileged-user.ts';
import { Workspace } from '../../lab/src/supervision/workspace.ts';
import { cpuMsOf } from './cpu-time.ts';

const app = fileURLToPath(new URL('../../app/src/main.ts', import.meta.url));

/** `sticky` differs from `memory` in the proxy only, and here is none. */
export type StoreStrategy = Exclude<Strategy, 'sticky'>;

export interface InstanceOptions {
  /** Letters, digits and . _ - as INSTANCE_NAME takes it. */
  readonly name: string;
  readonly strategy: StoreStrategy;
  /** Settings of the app that differ from the laboratory's own, by the names in services/app/src/config.ts. */
  readonly settings?: Readonly<Record<string, string>>;
  /** A relay's port, to reach Redis by a longer way. Default: Redis' own. */
  readonly redisPort?: number;
}

/** An instance and its address, `http://127.0.0.1:1234`. Held with `await using`; disposing it ends the process. */
export interface MeasuredInstance extends AsyncDisposable {
  readonly name: string;
  readonly strategy: StoreStrategy;
  readonly origin: string;
  /** Processor time that it has used, in milliseconds; undefined where the system does not tell. */
  cpuMs(): Promise<number | undefined>;
}

interface Parts {
  readonly workspace: Workspace;
  readonly redis: RedisProcess;
  readonly postgres: PostgresProcess;
  readonly versions: Readonly<Record<string, string>>;
}

/** Held with `await using`; disposing it ends everything that it started. */
export class TestBed implements AsyncDisposable {
  readonly redis: RedisProcess;
  readonly versions: Readonly<Record<string, string>>;
  readonly #workspace: Workspace;
  readonly #postgres: PostgresProcess;

  private constructor({ workspace, redis, postgres, versions }: Parts) {
    this.#workspace = workspace;
    this.redis = redis;
    this.#postgres = postgres;
    this.versions = versions;
  }

  /**
   * @param signal Ends everything at once, also half way through the start.
   * @param onDependencyExited Called when Redis or Postgres dies that nobody stopped.
   * @throws {NotPossibleHere} When this machine lacks a program.
   */
  static async open(
    signal: AbortSignal,
    onDependencyExited: (error: DependencyExited) => void,
  ): Promise<TestBed> {
    const workspace = await Workspace.open();
    signal.addEventListener('abort', () => void workspace[Symbol.asyncDispose]());
    try {
      signal.throwIfAborted();
      return new TestBed(await start(workspace, onDependencyExited));
    } catch (error) {
      await workspace[Symbol.asyncDispose]();
      // That a part "ended while it started" only follows from the abort.
      signal.throwIfAborted();
      throw error;
    }
  }

  get redisPort(): number {
    return Number(new URL(this.redis.url).port);
  }

  /** Starts an instance and waits until it is ready. It logs nothing but trouble: its log would cost it and its reader time. */
  async instance({ name, strategy, settings, redisPort }: InstanceOptions): Promise<MeasuredInstance> {
    const redis = new URL(this.redis.url);
    if (redisPort !== undefined) redis.port = String(redisPort);
    const instance = await AppInstance.start(this.#workspace, {
      name,
      entry: app,
      settings: appSettings(
        { strategy, instances: 1, appSettings: { LOG_LEVEL: 'warn', ...settings } },
        { redis: redis.href, postgres: this.#postgres.url },
      ),
      heapMiB: undefined,
    });
    return {
      name,
      strategy,
      origin: `http://127.0.0.1:${instance.port}`,
      cpuMs: () => cpuMsOf(instance.pid),
      [Symbol.asyncDispose]: () => instance.kill(),
    };
  }

  /**
   * Runs a program of the laboratory in a process of its own and returns what `read` makes of the line that it writes.
   *
   * @throws {FleetError} When it ends without such a line or does not write it in time.
   */
  async run<T>(
    program: string,
    argument: unknown,
    deadlineMs: number,
    read: (line: unknown) => T | undefined,
  ): Promise<T> {
    const child = await this.#workspace.start({
      name: program,
      command: process.execPath,
      args: [fileURLToPath(new URL(program, import.meta.url)), JSON.stringify(argument)],
    });
    const report = await child.line('it reported', (line) => read(parse(line)), deadlineMs);
    const { code } = await child.end(5_000);
    if (code !== 0) throw new FleetError(`${program} ended with exit code ${code}:\n${child.log.excerpt()}`);
    return report;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#workspace[Symbol.asyncDispose]();
  }
}

async function start(workspace: Workspace, onExited: (error: DependencyExited) => void): Promise<Parts> {
  const announce = (text: string) => void process.stderr.write(`${text}\n`);
  const [programs, user] = await Promise.all([findPrograms(announce), unprivilegedUser()]);
  const postgresProgram = await postgresPrograms(user);
  const [redis, postgres] = await Promise.all([
    startRedis(workspace, { program: programs.redisServer, user, onExited }),
    startPostgres(workspace, { programs: postgresProgram, user, onExited }),
  ]);
  await migrate(workspace, postgres.url);
  const versions = {
    redis: programs.versions.redis,
    postgres: postgresProgram.version,
    node: process.versions.node,
  };
  return { workspace, redis, postgres, versions };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // a warning of Node's
  }
}
