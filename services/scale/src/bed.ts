// What is measured, and on what: Redis as infra/redis/redis.conf sets it up, alone or as a cluster, Postgres, and instances
// of the app, as processes on loopback.

import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { DependencyExited } from '../../lab/src/fleet/fleet.ts';
import { appSettings } from '../../lab/src/fleet/processes/app-settings.ts';
import { appEntry, startOrDispose } from '../../lab/src/fleet/processes/backing-services.ts';
import { AppInstance, compileCache } from '../../lab/src/fleet/processes/instance.ts';
import { migrate } from '../../lab/src/fleet/processes/migrations.ts';
import { type PostgresProcess, startPostgres } from '../../lab/src/fleet/processes/postgres.ts';
import { postgresPrograms } from '../../lab/src/fleet/processes/postgres-programs.ts';
import { findPrograms, type Programs } from '../../lab/src/fleet/processes/programs.ts';
import { type RedisProcess, startRedis } from '../../lab/src/fleet/processes/redis.ts';
import { type SystemUser, unprivilegedUser } from '../../lab/src/supervision/unprivileged-user.ts';
import { Workspace } from '../../lab/src/supervision/workspace.ts';
import { MeasurementError } from './errors.ts';

export interface RedisOptions {
  /** Letters, digits and -; each name once in a run. */
  readonly name: string;
  readonly password?: string;
  /** Beyond those of infra/redis/redis.conf. */
  readonly settings?: readonly string[];
}

export interface InstanceOptions {
  readonly name: string;
  /** As REDIS_URL takes it. */
  readonly redisUrl: string;
  /** Settings of the app that differ from the laboratory's own, by the names in services/app/src/settings. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A worker that has been started, and what it says, line by line. */
export interface Worker {
  /** Waits for a line of which `read` makes something. */
  line<T>(what: string, read: (line: unknown) => T | undefined, deadlineMs: number): Promise<T>;
  /** Calls `use` for each such line until it ends. */
  each<T>(read: (line: unknown) => T | undefined, use: (value: T) => void): void;
  /** Tells it to end with a report. */
  stop(): void;
  /** @throws {MeasurementError} When it did not end well. */
  end(): Promise<void>;
}

/** Held with `await using`; disposing it ends everything that it started, and removes the files. */
export class Bed implements AsyncDisposable {
  /** With it a cookie is signed for an instance. Made anew for each run. */
  readonly sessionSecret = randomBytes(32).toString('hex');
  /** What made-session.ts makes the sessions of this run from. */
  readonly seed = createHash('sha256').update(randomBytes(32)).digest('hex');
  readonly #workspace: Workspace;
  readonly #programs: Programs;
  readonly #user: SystemUser | undefined;
  readonly #onExited: (error: DependencyExited) => void;
  #postgres: Promise<PostgresProcess> | undefined;
  #postgresVersion: string | undefined;

  private constructor(
    workspace: Workspace,
    programs: Programs,
    user: SystemUser | undefined,
    onExited: (error: DependencyExited) => void,
  ) {
    this.#workspace = workspace;
    this.#programs = programs;
    this.#user = user;
    this.#onExited = onExited;
  }

  /**
   * @param signal Aborts the start half way; what was started by then is ended.
   * @param onExited Called when Redis or Postgres dies that nobody stopped.
   * @throws {NotPossibleHere} When this machine lacks a program.
   */
  static async open(signal: AbortSignal, onExited: (error: DependencyExited) => void): Promise<Bed> {
    signal.throwIfAborted();
    const workspace = await Workspace.open();
    return await startOrDispose(workspace, signal, async () => {
      const announce = (text: string) => process.stderr.write(`${text}\n`);
      const [programs, user] = await Promise.all([findPrograms(announce), unprivilegedUser()]);
      return new Bed(workspace, programs, user, onExited);
    });
  }

  /** Of what has been used by now. */
  get versions(): Readonly<Record<string, string>> {
    const postgres = this.#postgresVersion;
    return { redis: this.#programs.versions.redis, ...(postgres !== undefined && { postgres }) };
  }

  async startRedis({ name, password, settings = [] }: RedisOptions): Promise<RedisProcess> {
    return await startRedis(this.#workspace, {
      ...{ program: this.#programs.redisServer, user: this.#user, onExited: this.#onExited },
      ...{ name, settings: [...(await productionSettings()), ...settings] },
      // A million sessions are read from the file in some seconds on an idle machine, and far longer on a busy one.
      startMs: 600_000,
      ...(password !== undefined && { password }),
    });
  }

  /** Starts one and waits until it is ready. Postgres is started with the first. */
  async startInstance({ name, redisUrl, settings }: InstanceOptions): Promise<AppInstance> {
    this.#postgres ??= this.#startPostgres();
    const { url } = await this.#postgres;
    const own = {
      LOG_LEVEL: 'warn',
      SESSION_SECRET: this.sessionSecret,
      SESSIONS_PER_USER: '10',
      ...settings,
    };
    return await AppInstance.start(this.#workspace, {
      name,
      entry: appEntry,
      settings: appSettings(
        { strategy: 'redis', instances: 1, appSettings: own },
        { redis: redisUrl, postgres: url },
      ),
      heapMiB: undefined,
    });
  }

  /** @param program its file. @param job what it is told, as JSON */
  async startWorker(program: URL, name: string, job: unknown): Promise<Worker> {
    const args = [fileURLToPath(program), JSON.stringify(job)];
    const child = await this.#workspace.start({ name, command: process.execPath, args, env: compileCache });
    return {
      line: (what, read, deadlineMs) => child.line(what, (line) => read(parse(line)), deadlineMs),
      each: (read, use) => {
        child.log.listen((line) => {
          const value = read(parse(line));
          if (value !== undefined) use(value);
        });
      },
      stop: () => child.signal('SIGTERM'),
      async end() {
        const { code } = await child.end(10_000);
        if (code !== 0)
          throw new MeasurementError(`${name} ended with exit code ${code}:\n${child.log.excerpt()}`);
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#workspace[Symbol.asyncDispose]();
  }

  async #startPostgres(): Promise<PostgresProcess> {
    const programs = await postgresPrograms(this.#user);
    const postgres = await startPostgres(this.#workspace, {
      ...{ programs, user: this.#user, onExited: this.#onExited },
    });
    await migrate(this.#workspace, postgres.url);
    this.#postgresVersion = programs.version;
    return postgres;
  }
}

const redisConf = new URL('../../../infra/redis/redis.conf', import.meta.url);

/** How production keeps sessions through a restart; not its network, its users and its limit of memory. */
async function productionSettings(): Promise<string[]> {
  const lines = (await readFile(redisConf, 'utf8')).split('\n');
  return lines.filter((line) => /^(appendonly|appendfsync|save|maxmemory-policy) /.test(line));
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // a warning of Node's
  }
}
